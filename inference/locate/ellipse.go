package locate

import (
	"math"

	"assay/inspection"
)

// ellipse is the image of the unit circle under p ↦ centre + M·p with a
// symmetric M = (xx xy; xy yy): the map that stretches along the axes and turns
// nothing.
type ellipse struct {
	x, y       float64
	xx, xy, yy float64
}

func circle(at point, radius float64) ellipse {
	return ellipse{x: at.x, y: at.y, xx: radius, yy: radius}
}

// scaled returns the concentric ellipse s times as large.
func (e ellipse) scaled(s float64) ellipse {
	e.xx, e.xy, e.yy = e.xx*s, e.xy*s, e.yy*s
	return e
}

// axes returns the half axes, the larger first; they may be negative where M is
// no ellipse at all.
func (e ellipse) axes() (major, minor float64) {
	mean, half := (e.xx+e.yy)/2, math.Hypot((e.xx-e.yy)/2, e.xy)
	return mean + half, mean - half
}

// radius returns the radius of the circle of equal area.
func (e ellipse) radius() float64 {
	return math.Sqrt(math.Max(0, e.xx*e.yy-e.xy*e.xy))
}

// near reports whether two ellipses are the same to within half a pixel or so.
func (e ellipse) near(o ellipse) bool {
	centre, shape := math.Hypot(e.x-o.x, e.y-o.y), math.Hypot(math.Hypot(e.xx-o.xx, e.yy-o.yy), e.xy-o.xy)
	return centre < 0.5 && shape < 0.5
}

// sound reports whether the ellipse may be a part in a picture of that size.
func (e ellipse) sound(width, height int) bool {
	major, minor := e.axes()
	if !(minor >= flattest*major) { // also refuses NaN
		return false
	}
	w, h := float64(width), float64(height)
	side := math.Max(w, h)
	inside := e.x > 0.1*w && e.x < 0.9*w && e.y > 0.1*h && e.y < 0.9*h
	return inside && minor > smallest*side && major < largest*side
}

const (
	// flattest is the least ratio of the axes: a tilt of 50 degrees.
	flattest = 0.64
	// smallest and largest bound a ring's half axes, in parts of the longer side.
	smallest = 0.06
	largest  = 0.75
)

// outline puts the ellipse in the form that everybody reads.
func (e ellipse) outline(confidence float64) inspection.Outline {
	major, minor := e.axes()
	angle := 0.5 * math.Atan2(2*e.xy, e.xx-e.yy)
	if angle < 0 {
		angle += math.Pi
	}
	if angle >= math.Pi {
		angle = 0
	}
	return inspection.Outline{X: e.x, Y: e.y, Major: major, Minor: minor, Angle: angle, Confidence: confidence}
}
