package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/ui/theme"
)

// Band is the verdict at arm's length. A pass stays calm: green on the panel. A
// fail or a review fills the band, so that even colour-blind eyes see that
// somebody has to act.
type Band struct {
	widget.BaseWidget
	shape *Shape
	word  *Text
	note  *Text
	fill  fyne.ThemeColorName
	panel *Panel // nil before the first drawing
}

// NewBand returns a band without a verdict.
func NewBand() *Band {
	b := &Band{shape: NewShape(66),
		word: NewText("", theme.ColorMuted, theme.SizeVerdict, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading),
		note: NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignTrailing)}
	b.ExtendBaseWidget(b)
	b.word.Fixed = true // a verdict is never cut; the note is
	b.Idle("READY")
	return b
}

// Set shows a verdict and a short note at the right.
func (b *Band) Set(v inspection.Verdict, note string) {
	fill, on, second := bandColors(v)
	b.shape.SetOn(v, on)
	b.word.SetColor(on)
	b.word.SetText(Word(v))
	b.note.SetColor(second)
	b.note.SetText(note)
	if b.fill != fill {
		b.fill = fill
		if b.panel != nil {
			b.panel.SetFill(fill)
		}
	}
}

// Idle shows a word while there is no verdict.
func (b *Band) Idle(word string) {
	b.Set("", "")
	b.word.SetText(word)
}

// Verdict returns the verdict shown.
func (b *Band) Verdict() inspection.Verdict { return b.shape.Verdict() }

// Word returns the word shown.
func (b *Band) Word() string { return b.word.Text() }

// Note returns the note shown.
func (b *Band) Note() string { return b.note.Text() }

func bandColors(v inspection.Verdict) (fill, on, second fyne.ThemeColorName) {
	switch v {
	case inspection.Fail:
		return theme.ColorFailFill, theme.ColorOnFail, theme.ColorOnFail
	case inspection.Review:
		return theme.ColorReviewFill, theme.ColorOnReview, theme.ColorOnReview
	}
	return theme.ColorSurface, VerdictColor(v), theme.ColorMuted
}

// widest returns the room of the widest word, so that nothing moves with the verdict.
func widest() (width float32) {
	for _, word := range []string{"PASS", "REVIEW", "FAIL", "READY", "IDLE"} {
		width = max(width, fyne.MeasureText(word, base.Size(theme.SizeVerdict), fyne.TextStyle{Bold: true}).Width)
	}
	return width + 16
}

// CreateRenderer is part of fyne.Widget.
func (b *Band) CreateRenderer() fyne.WidgetRenderer {
	row := container.NewBorder(nil, nil, container.NewCenter(b.shape), nil, NewWeighted([]float32{0, 1}, MinWidth(widest(), Inset(8, b.word)), b.note))
	b.panel = NewPanel(row)
	b.panel.SetFill(b.fill)
	return widget.NewSimpleRenderer(b.panel)
}
