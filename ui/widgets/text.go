package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Text is one line of text in a colour and size of the theme, without padding.
// Digits are equally wide, so numbers set to fyne.TextAlignTrailing line up.
// Text that does not fit ends in an ellipsis unless Fixed.
type Text struct {
	widget.BaseWidget
	// Fixed makes the text's own width its least width.
	Fixed bool

	text  string
	color fyne.ThemeColorName
	size  fyne.ThemeSizeName
	style fyne.TextStyle
	align fyne.TextAlign
}

// NewText returns a text that is cut off where it does not fit.
func NewText(text string, color fyne.ThemeColorName, size fyne.ThemeSizeName, style fyne.TextStyle, align fyne.TextAlign) *Text {
	t := &Text{text: text, color: color, size: size, style: style, align: align}
	t.ExtendBaseWidget(t)
	return t
}

// NewLabel returns plain text in the foreground colour that keeps its width.
func NewLabel(text string) *Text {
	t := NewText(text, base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	t.Fixed = true
	return t
}

// NewCaption returns small muted text that keeps its width.
func NewCaption(text string) *Text {
	t := NewText(text, colorMuted, base.SizeNameCaptionText, fyne.TextStyle{}, fyne.TextAlignLeading)
	t.Fixed = true
	return t
}

// NewHeading returns a panel's heading.
func NewHeading(text string) *Text {
	t := NewText(text, base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	t.Fixed = true
	return t
}

// NewParagraph returns wrapped text without room around it.
func NewParagraph(text string) (*widget.Label, fyne.CanvasObject) {
	label := widget.NewLabel(text)
	label.Wrapping = fyne.TextWrapWord
	return label, Inset(-10, label)
}

// NewNumber returns right-aligned text in the foreground colour.
func NewNumber(text string) *Text {
	return NewText(text, base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignTrailing)
}

// Text returns the text shown.
func (t *Text) Text() string { return t.text }

// SetText shows a text, redrawing only where it differs.
func (t *Text) SetText(text string) {
	if t.text == text {
		return
	}
	t.text = text
	t.Refresh()
}

// SetColor shows a colour of the theme, redrawing only where it differs.
func (t *Text) SetColor(name fyne.ThemeColorName) {
	if t.color == name {
		return
	}
	t.color = name
	t.Refresh()
}

// CreateRenderer is part of fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	line := canvas.NewText(t.text, base.Color(t.color))
	r := &textRenderer{text: t, line: line}
	r.Refresh()
	return r
}

type textRenderer struct {
	text *Text
	line *canvas.Text
	full fyne.Size
}

// Destroy is part of fyne.WidgetRenderer; there is nothing to free.
func (r *textRenderer) Destroy() {}

// Objects is part of fyne.WidgetRenderer.
func (r *textRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.line} }

// MinSize is part of fyne.WidgetRenderer.
func (r *textRenderer) MinSize() fyne.Size {
	if r.text.Fixed {
		return r.full
	}
	return fyne.NewSize(0, r.full.Height)
}

// Layout is part of fyne.WidgetRenderer.
func (r *textRenderer) Layout(size fyne.Size) {
	r.line.Text = r.text.text
	if !r.text.Fixed {
		r.line.Text = fit(r.text.text, size.Width, r.full.Width, r.line.TextSize, r.text.style)
	}
	r.line.Move(fyne.NewPos(0, (size.Height-r.full.Height)/2))
	r.line.Resize(fyne.NewSize(size.Width, r.full.Height))
}

// Refresh is part of fyne.WidgetRenderer.
func (r *textRenderer) Refresh() {
	r.line.Color = base.Color(r.text.color)
	r.line.TextSize = base.Size(r.text.size)
	r.line.TextStyle = r.text.style
	r.line.Alignment = r.text.align
	r.line.Text = r.text.text
	r.full = r.line.MinSize()
	if r.text.text == "" {
		r.full = fyne.NewSize(0, fyne.MeasureText("0", r.line.TextSize, r.text.style).Height)
	}
	r.Layout(r.text.Size())
	r.line.Refresh()
}

// fit cuts text to a width, ending it in an ellipsis.
func fit(text string, width, full, size float32, style fyne.TextStyle) string {
	if full <= width+0.5 {
		return text
	}
	runes := []rune(text)
	low, high := 0, len(runes) // runes[:low] fits, runes[:high] does not
	for high-low > 1 {
		middle := (low + high) / 2
		if fyne.MeasureText(string(runes[:middle])+"…", size, style).Width <= width {
			low = middle
		} else {
			high = middle
		}
	}
	if low == 0 {
		return ""
	}
	return string(runes[:low]) + "…"
}
