package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/theme"
)

// chipWidth and thumbHeight are the sizes of one part in a strip.
const (
	chipWidth   = 44
	thumbHeight = 40
	chipGap     = 4
)

// Strip shows the newest parts, newest first, as thumbnails over their verdict's
// shape: as many as fit its width.
type Strip struct {
	widget.BaseWidget
	// OnTapped is called with the record of a part that was tapped.
	OnTapped func(inspection.Record)

	source  *Thumbnails
	chips   []*chip
	records []inspection.Record
	marked  string
	empty   *Text
}

// NewStrip returns a strip of at most length parts.
func NewStrip(source *Thumbnails, length int, empty string, tapped func(inspection.Record)) *Strip {
	s := &Strip{source: source, OnTapped: tapped,
		empty: NewText(empty, theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)}
	for range length {
		s.chips = append(s.chips, newChip(s))
	}
	s.ExtendBaseWidget(s)
	return s
}

// Set shows records, newest first; marked is the ID of the one that is outlined.
func (s *Strip) Set(records []inspection.Record, marked string) {
	s.records, s.marked = records, marked
	s.update()
}

// Shown returns the records shown, newest first.
func (s *Strip) Shown() []inspection.Record { return s.records[:min(len(s.records), s.room())] }

func (s *Strip) room() int {
	return max(0, min(len(s.chips), int((s.Size().Width+chipGap)/(chipWidth+chipGap))))
}

func (s *Strip) update() {
	shown := s.Shown()
	setHidden(s.empty, len(s.records) > 0)
	for i, c := range s.chips {
		if i >= len(shown) {
			c.set(inspection.Record{}, false)
			setHidden(c, true)
			continue
		}
		c.set(shown[i], shown[i].ID == s.marked)
		setHidden(c, false)
	}
}

func setHidden(o fyne.CanvasObject, hidden bool) {
	if hidden == !o.Visible() {
		return
	}
	if hidden {
		o.Hide()
		return
	}
	o.Show()
}

// CreateRenderer is part of fyne.Widget.
func (s *Strip) CreateRenderer() fyne.WidgetRenderer {
	r := &stripRenderer{strip: s}
	r.objects = append(r.objects, s.empty)
	for _, c := range s.chips {
		r.objects = append(r.objects, c)
	}
	return r
}

type stripRenderer struct {
	strip   *Strip
	objects []fyne.CanvasObject
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *stripRenderer) Destroy() {}

// Objects is part of fyne.WidgetRenderer.
func (r *stripRenderer) Objects() []fyne.CanvasObject { return r.objects }

// Refresh is part of fyne.WidgetRenderer.
func (r *stripRenderer) Refresh() { r.strip.update(); canvas.Refresh(r.strip) }

// MinSize is part of fyne.WidgetRenderer.
func (r *stripRenderer) MinSize() fyne.Size {
	return fyne.NewSize(5*(chipWidth+chipGap), thumbHeight+24)
}

// Layout is part of fyne.WidgetRenderer.
func (r *stripRenderer) Layout(size fyne.Size) {
	for i, c := range r.strip.chips {
		c.Move(fyne.NewPos(float32(i)*(chipWidth+chipGap), 0))
		c.Resize(fyne.NewSize(chipWidth, size.Height))
	}
	r.strip.empty.Move(fyne.NewPos(4, 0))
	r.strip.empty.Resize(fyne.NewSize(size.Width-8, size.Height))
	r.strip.update()
}

// chip is one part of a strip.
type chip struct {
	widget.BaseWidget
	strip  *Strip
	record inspection.Record
	thumb  *Thumb
	shape  *Shape
	frame  *canvas.Image
}

func newChip(s *Strip) *chip {
	c := &chip{strip: s, thumb: NewThumb(s.source, thumbHeight), shape: NewShape(15), frame: flat()}
	c.ExtendBaseWidget(c)
	c.Hide()
	return c
}

func (c *chip) set(record inspection.Record, marked bool) {
	c.record = record
	c.thumb.Set(record.ID)
	c.shape.Set(record.Final().Verdict)
	fill(c.frame, base.ColorNamePrimary)
	setHidden(c.frame, !marked)
}

// Tapped opens the part.
func (c *chip) Tapped(*fyne.PointEvent) {
	if c.record.ID != "" && c.strip.OnTapped != nil {
		c.strip.OnTapped(c.record)
	}
}

// CreateRenderer is part of fyne.Widget.
func (c *chip) CreateRenderer() fyne.WidgetRenderer { return &chipRenderer{c} }

type chipRenderer struct{ c *chip }

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *chipRenderer) Destroy() {}

// MinSize is part of fyne.WidgetRenderer.
func (r *chipRenderer) MinSize() fyne.Size { return fyne.NewSize(chipWidth, thumbHeight+24) }

// Refresh is part of fyne.WidgetRenderer.
func (r *chipRenderer) Refresh() { canvas.Refresh(r.c) }

// Objects is part of fyne.WidgetRenderer.
func (r *chipRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.c.frame, r.c.thumb, r.c.shape}
}

// Layout is part of fyne.WidgetRenderer.
func (r *chipRenderer) Layout(size fyne.Size) {
	r.c.frame.Resize(fyne.NewSize(size.Width, thumbHeight+4))
	r.c.thumb.Move(fyne.NewPos(2, 2))
	r.c.thumb.Resize(fyne.NewSize(size.Width-4, thumbHeight))
	r.c.shape.Move(fyne.NewPos((size.Width-15)/2, thumbHeight+7))
	r.c.shape.Resize(fyne.NewSquareSize(15))
}
