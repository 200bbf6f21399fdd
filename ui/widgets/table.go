package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/ui/theme"
)

// Table is a small table of numbers: the names of its rows at the left, its
// columns right-aligned under their heads.
type Table struct {
	widget.BaseWidget
	heads []*Text
	cells [][]*Text
	body  fyne.CanvasObject
}

// NewTable returns a table of dashes; each column is at least width wide.
func NewTable(width float32, columns, rows []string) *Table {
	t := &Table{}
	lines := []fyne.CanvasObject{}
	head := []fyne.CanvasObject{NewCaption("")}
	for _, c := range columns {
		h := NewText(c, theme.ColorMuted, base.SizeNameCaptionText, fyne.TextStyle{Bold: true}, fyne.TextAlignTrailing)
		t.heads = append(t.heads, h)
		head = append(head, MinWidth(width, h))
	}
	lines = append(lines, tableRow(head), widget.NewSeparator())
	for _, name := range rows {
		row := []fyne.CanvasObject{NewText(name, base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)}
		var cells []*Text
		for range columns {
			cell := NewNumber("–")
			cells = append(cells, cell)
			row = append(row, MinWidth(width, cell))
		}
		t.cells = append(t.cells, cells)
		lines = append(lines, tableRow(row))
	}
	t.body = container.New(layout.NewCustomPaddedVBoxLayout(3), lines...)
	t.ExtendBaseWidget(t)
	return t
}

// tableRow gives the first column all the room that the others leave.
func tableRow(cells []fyne.CanvasObject) fyne.CanvasObject {
	weights := make([]float32, len(cells))
	weights[0] = 1
	return NewWeighted(weights, cells...)
}

// Set shows a text in a cell, redrawing only where it differs.
func (t *Table) Set(row, column int, text string) { t.cells[row][column].SetText(text) }

// SetHead changes the head of a column.
func (t *Table) SetHead(column int, text string) { t.heads[column].SetText(text) }

// Text returns the text of a cell.
func (t *Table) Text(row, column int) string { return t.cells[row][column].Text() }

// Clear shows dashes in all cells.
func (t *Table) Clear() {
	for _, row := range t.cells {
		for _, cell := range row {
			cell.SetText("–")
		}
	}
}

// CreateRenderer is part of fyne.Widget.
func (t *Table) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.body) }
