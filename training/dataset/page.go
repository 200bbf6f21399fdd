package dataset

import (
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"slices"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The layout of a page, in pixels.
const (
	pageColumns = 10
	cellGap     = 6
	lineHeight  = 14
	cellWidth   = fineSide + cellGap
	cellHeight  = fineSide + 2*lineHeight + cellGap
)

// Page draws groups and pairs of an examination side by side, so that a person
// can judge whether near-duplicates are what their name says: the largest
// groups, some of each size, the pairs just above the threshold (the weakest
// links) and those just below it, which rejected holds. rows bounds the number
// of rows of each of the four. The pictures are gray thumbnails; the second of a
// pair is preceded by the first turned as it was found to match.
func Page(e *Examination, rejected []Pair, rows int) image.Image {
	p := &page{survey: e.Survey}
	groups := slices.DeleteFunc(e.Groups.Members(e.Survey.Items), func(m []int) bool { return len(m) < 2 })
	p.title(fmt.Sprintf("%s: %d groups of near-duplicates at r >= %g among %d images", e.Source, len(groups), e.Groups.Threshold, e.Audit.Images))
	p.groups("The largest groups", groups[:min(rows, len(groups))], e.Groups.Pairs)
	p.groups("Groups of every size", spaced(groups, rows), e.Groups.Pairs)
	byCorrelation := func(a, b Pair) int { return cmp.Compare(a.Correlation, b.Correlation) }
	pairs := slices.Clone(e.Groups.Pairs)
	slices.SortStableFunc(pairs, byCorrelation)
	p.pairs("The weakest links: pairs just above the threshold", spaced(pairs[:min(len(pairs), 20*rows)], rows*pageColumns/2))
	below := slices.Clone(rejected)
	slices.SortStableFunc(below, func(a, b Pair) int { return byCorrelation(b, a) })
	p.pairs("Not linked: pairs just below the threshold", spaced(below[:min(len(below), 20*rows)], rows*pageColumns/2))
	return p.draw()
}

// spaced takes n values at equal distances.
func spaced[T any](list []T, n int) []T {
	if len(list) <= n {
		return list
	}
	out := make([]T, n)
	for i := range out {
		out[i] = list[i*len(list)/n]
	}
	return out
}

// page is a list of what is drawn below each other.
type page struct {
	survey *Survey
	rows   []pageRow
}

type pageRow struct {
	title string
	cells []cell
}

type cell struct {
	index       int
	orientation Orientation
	lines       [2]string
}

func (p *page) title(text string) { p.rows = append(p.rows, pageRow{title: text}) }

func (p *page) groups(title string, groups [][]int, links []Pair) {
	p.title(title)
	strongest := map[int]float64{}
	for _, l := range links {
		strongest[l.A], strongest[l.B] = max(strongest[l.A], l.Correlation), max(strongest[l.B], l.Correlation)
	}
	for _, g := range groups {
		row := pageRow{title: fmt.Sprintf("group %s, %d images", p.survey.Items[g[0]].Group, len(g))}
		for _, i := range spaced(g, pageColumns) {
			row.cells = append(row.cells, cell{index: i, lines: [2]string{p.label(i), fmt.Sprintf("best r %.4f", strongest[i])}})
		}
		p.rows = append(p.rows, row)
	}
}

func (p *page) pairs(title string, pairs []Pair) {
	p.title(title)
	for chunk := range slices.Chunk(pairs, pageColumns/2) {
		var row pageRow
		for _, pair := range chunk {
			row.cells = append(row.cells,
				cell{index: pair.A, orientation: pair.Orientation, lines: [2]string{p.label(pair.A), fmt.Sprintf("r %.4f", pair.Correlation)}},
				cell{index: pair.B, lines: [2]string{p.label(pair.B), ""}})
		}
		p.rows = append(p.rows, row)
	}
}

func (p *page) label(i int) string {
	item := p.survey.Items[i]
	class := "ok"
	if item.Class == 1 {
		class = "def"
	}
	return class + " " + string(item.Part)
}

func (p *page) draw() image.Image {
	height := cellGap
	for _, row := range p.rows {
		height += row.height()
	}
	img := image.NewRGBA(image.Rect(0, 0, pageColumns*cellWidth+cellGap, height))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	y := cellGap
	for _, row := range p.rows {
		top := y
		if row.title != "" {
			text(img, cellGap, top, row.title)
			top += lineHeight
		}
		for i, c := range row.cells {
			p.cell(img, cellGap+i*cellWidth, top, c)
		}
		y += row.height()
	}
	return img
}

func (r pageRow) height() int {
	h := 0
	if r.title != "" {
		h += lineHeight + 2
	}
	if len(r.cells) > 0 {
		h += cellHeight
	}
	return h
}

func (p *page) cell(img draw.Image, x, y int, c cell) {
	if t := p.survey.Facts[c.index].thumbnail; t != nil {
		turned := t.turn(c.orientation)
		picture := &image.Gray{Pix: turned[:], Stride: fineSide, Rect: image.Rect(0, 0, fineSide, fineSide)}
		draw.Draw(img, picture.Rect.Add(image.Pt(x, y)), picture, image.Point{}, draw.Src)
	}
	for i, line := range c.lines {
		text(img, x, y+fineSide+i*lineHeight, line)
	}
}

// text writes a line whose top is y.
func text(img draw.Image, x, y int, line string) {
	d := font.Drawer{Dst: img, Src: image.NewUniform(color.Black), Face: basicfont.Face7x13, Dot: fixed.P(x, y+11)}
	d.DrawString(line)
}

// turn returns the thumbnail in that orientation.
func (t *thumbnail) turn(o Orientation) *thumbnail {
	var out thumbnail
	turnPicture(out[:], t[:], fineSide, o)
	return &out
}
