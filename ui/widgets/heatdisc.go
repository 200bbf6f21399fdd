package widgets

import (
	"math"

	"assay/inspection"
)

const (
	// heatFull and heatEnd are where a heatmap begins to fade and where it is clear, in parts of the rim's radius: the
	// model sees a little beyond the rim, and nothing of what lies further out.
	heatFull = 0.98
	heatEnd  = 1.1
)

// heatDisc lays a heatmap over the round part that the model's input was made of: the input is the part as a circle,
// while the frame may show it from aslant, as an ellipse.
type heatDisc struct {
	x, y       float64 // the centre in the frame
	xx, xy, yy float64 // from the frame to the disc, whose rim has the radius 1
	rx, ry     float64 // the disc's radius in parts of the map's sides
}

// newHeatDisc returns nil where there is no outline, or none that fits the heatmap's region.
func newHeatDisc(o *inspection.Outline, region inspection.Rectangle) *heatDisc {
	if o == nil || !(o.Major > 0 && o.Minor > 0) || region.Empty() {
		return nil
	}
	if sum := o.X + o.Y + o.Major + o.Minor + o.Angle; math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil
	}
	sin, cos := math.Sincos(o.Angle)
	along := func(a, b float64) (xx, xy, yy float64) {
		return a*cos*cos + b*sin*sin, (a - b) * sin * cos, a*sin*sin + b*cos*cos
	}
	width, _, height := along(o.Major, o.Minor)
	d := &heatDisc{x: o.X, y: o.Y, rx: width / float64(region.Width), ry: height / float64(region.Height)}
	d.xx, d.xy, d.yy = along(1/o.Major, 1/o.Minor)
	return d
}

// place returns where a point of the frame lies in the map, in parts of its sides, and how strongly it is drawn, 0 to 1.
func (d *heatDisc) place(x, y float64) (u, v, strength float64) {
	x, y = x-d.x, y-d.y
	x, y = d.xx*x+d.xy*y, d.xy*x+d.yy*y
	return 0.5 + d.rx*x, 0.5 + d.ry*y, fade(math.Hypot(x, y))
}

// reaches reports whether anything at a point of the map is drawn.
func (d *heatDisc) reaches(u, v float64) bool {
	return fade(math.Hypot((u-0.5)/d.rx, (v-0.5)/d.ry)) > 0
}

// fade goes smoothly from 1 within the rim to 0 beyond it.
func fade(radius float64) float64 {
	t := min(1, max(0, (heatEnd-radius)/(heatEnd-heatFull)))
	return t * t * (3 - 2*t)
}
