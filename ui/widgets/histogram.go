package widgets

import (
	"fmt"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/ui/theme"
)

// Histogram draws how the scores of two classes are spread from 0 to 1: sound
// parts upwards, defective ones downwards, so that they differ by more than
// colour. Bars grow with the logarithm of the count, since a good model leaves
// hundreds of parts in the outermost bars and a handful between.
type Histogram struct {
	widget.BaseWidget
	title             string
	empty             string
	normal, defective []int
	marks             []float64
}

// NewHistogram returns a histogram with a title and a sentence for when it has nothing to show.
func NewHistogram(title, empty string) *Histogram {
	h := &Histogram{title: title, empty: empty}
	h.ExtendBaseWidget(h)
	return h
}

// Set shows counts a bin; both classes have the same number of bins, which divide 0 to 1 evenly.
func (h *Histogram) Set(normal, defective []int) {
	h.normal, h.defective = normal, defective
	h.Refresh()
}

// Counts returns what is shown.
func (h *Histogram) Counts() (normal, defective []int) { return h.normal, h.defective }

// SetMarks draws upright lines at scores, such as thresholds.
func (h *Histogram) SetMarks(scores ...float64) {
	h.marks = scores
	h.Refresh()
}

// CreateRenderer is part of fyne.Widget.
func (h *Histogram) CreateRenderer() fyne.WidgetRenderer { return &histogramRenderer{h: h} }

type histogramRenderer struct {
	drawing
	h *Histogram
}

// MinSize is part of fyne.WidgetRenderer.
func (r *histogramRenderer) MinSize() fyne.Size { return fyne.NewSize(200, 150) }

// Refresh is part of fyne.WidgetRenderer.
func (r *histogramRenderer) Refresh() {
	r.Layout(r.h.Size())
	canvas.Refresh(r.h)
}

// Layout draws everything anew.
func (r *histogramRenderer) Layout(size fyne.Size) {
	line := r.begin()
	r.write(r.h.title, fyne.NewPos(0, 0), base.ColorNameForeground, fyne.TextAlignLeading, size.Width, true)
	bins, most, sums := r.h.extent()
	if bins == 0 || most == 0 {
		r.write(r.h.empty, fyne.NewPos(0, size.Height/2-r.text), theme.ColorMuted, fyne.TextAlignCenter, size.Width, false)
		return
	}
	area := fyne.NewSize(size.Width, size.Height-2*line-6)
	top := line + 4
	middle := top + area.Height/2
	scale := (area.Height/2 - 2) / float32(math.Log1p(float64(most)))
	step := area.Width / float32(bins)
	for i := range bins {
		x := float32(i) * step
		up := scale * float32(math.Log1p(float64(r.h.normal[i])))
		down := scale * float32(math.Log1p(float64(r.h.defective[i])))
		r.bar(x+0.5, middle-up, step-1, up, theme.ColorPass)
		r.bar(x+0.5, middle+1, step-1, down, theme.ColorFail)
	}
	r.bar(0, middle, area.Width, 1, base.ColorNameInputBorder)
	for _, m := range r.h.marks {
		r.bar(float32(m)*area.Width-1, top, 2, area.Height, base.ColorNameForeground)
	}
	r.words(area, top, sums)
}

// words names the two halves and the axis.
func (r *histogramRenderer) words(area fyne.Size, top float32, sums [2]int) {
	line := r.text * 1.5
	r.write(fmt.Sprintf("sound parts: %d", sums[0]), fyne.NewPos(0, top), theme.ColorPass, fyne.TextAlignCenter, area.Width, false)
	r.write(fmt.Sprintf("defective parts: %d", sums[1]), fyne.NewPos(0, top+area.Height-line), theme.ColorFail, fyne.TextAlignCenter, area.Width, false)
	below := top + area.Height + 2
	for _, t := range []struct {
		text  string
		align fyne.TextAlign
	}{{"0", fyne.TextAlignLeading}, {"score (bars: logarithm of the count)", fyne.TextAlignCenter}, {"1", fyne.TextAlignTrailing}} {
		r.write(t.text, fyne.NewPos(0, below), theme.ColorMuted, t.align, area.Width, false)
	}
}

func (h *Histogram) extent() (bins, most int, sums [2]int) {
	bins = min(len(h.normal), len(h.defective))
	for i := range bins {
		most = max(most, h.normal[i], h.defective[i])
		sums[0] += h.normal[i]
		sums[1] += h.defective[i]
	}
	return bins, most, sums
}

func (r *histogramRenderer) bar(x, y, width, height float32, name fyne.ThemeColorName) {
	if height < 0.5 || width < 0.5 {
		return
	}
	b := canvas.NewRectangle(base.Color(name))
	b.Move(fyne.NewPos(x, y))
	b.Resize(fyne.NewSize(width, height))
	r.objects = append(r.objects, b)
}
