package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"assay/ui/theme"
)

const colorMuted = theme.ColorMuted

// Weighted lays objects out side by side: each as wide as its least width, the
// rest of the room shared by the weights. Objects beyond the weights get none.
type Weighted struct {
	Weights []float32
	Gap     float32
}

// NewWeighted returns a row whose spare width is shared by the weights.
func NewWeighted(weights []float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&Weighted{Weights: weights, Gap: 10}, objects...)
}

// MinSize is part of fyne.Layout.
func (w *Weighted) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	shown := 0
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		shown++
		size.Width += o.MinSize().Width
		size.Height = max(size.Height, o.MinSize().Height)
	}
	size.Width += w.Gap * float32(max(shown-1, 0))
	return size
}

// Layout is part of fyne.Layout.
func (w *Weighted) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	spare := size.Width - w.MinSize(objects).Width
	total := float32(0)
	for i, o := range objects {
		if o.Visible() {
			total += w.weight(i)
		}
	}
	x := float32(0)
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		width := o.MinSize().Width
		if total > 0 && spare > 0 {
			width += spare * w.weight(i) / total
		}
		o.Move(fyne.NewPos(x, 0))
		o.Resize(fyne.NewSize(width, size.Height))
		x += width + w.Gap
	}
}

func (w *Weighted) weight(i int) float32 {
	if i < len(w.Weights) {
		return w.Weights[i]
	}
	return 0
}

// Ratio splits its width between two objects: the first gets the share, whatever their least widths.
type ratio struct {
	share, gap float32
}

// NewRatio returns two objects side by side, the first with that share of the width.
func NewRatio(share float32, first, second fyne.CanvasObject) *fyne.Container {
	return container.New(&ratio{share: share, gap: 10}, first, second)
}

// MinSize is part of fyne.Layout.
func (r *ratio) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(a.Width+r.gap+b.Width, max(a.Height, b.Height))
}

// Layout is part of fyne.Layout.
func (r *ratio) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := (size.Width - r.gap) * r.share
	left = max(left, objects[0].MinSize().Width)
	left = min(left, size.Width-r.gap-objects[1].MinSize().Width)
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(left, size.Height))
	objects[1].Move(fyne.NewPos(left+r.gap, 0))
	objects[1].Resize(fyne.NewSize(size.Width-left-r.gap, size.Height))
}

// MinWidth returns the object at no less than that width.
func MinWidth(width float32, object fyne.CanvasObject) *fyne.Container {
	return container.New(&least{size: fyne.NewSize(width, 0)}, object)
}

// MinSize returns the object at no less than that size.
func MinSize(width, height float32, object fyne.CanvasObject) *fyne.Container {
	return container.New(&least{size: fyne.NewSize(width, height)}, object)
}

type least struct{ size fyne.Size }

// MinSize is part of fyne.Layout.
func (l *least) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return l.size.Max(objects[0].MinSize())
}

// Layout is part of fyne.Layout.
func (l *least) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(size)
}

// Inset returns the object with room around it.
func Inset(room float32, object fyne.CanvasObject) *fyne.Container {
	return container.New(inset(room), object)
}

type inset float32

// MinSize is part of fyne.Layout.
func (i inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[0].MinSize().AddWidthHeight(2*float32(i), 2*float32(i))
}

// Layout is part of fyne.Layout.
func (i inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(float32(i), float32(i)))
	objects[0].Resize(size.SubtractWidthHeight(2*float32(i), 2*float32(i)))
}

// Field returns a control with a caption above it.
func Field(caption string, control fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(NewCaption(caption), nil, nil, nil, control)
}
