package augment

import (
	"math"

	"assay/inspection"
)

// cameraDistance is how far away a tilted image is seen from, in longer sides of
// the image: a lens with a field of view of 23 degrees.
const cameraDistance = 2.5

// matrix is a plane projection: it maps an output pixel (x, y, 1) to where it is
// read in the source, up to a factor. Pixel centres are whole numbers. Affine
// ones have 0 0 1 in the last row.
type matrix [3][3]float64

// then returns the matrix that reads through m what n reads: n(m(p)).
func (m matrix) then(n matrix) matrix {
	var out matrix
	for row := range out {
		for column := range 3 {
			for k := range 3 {
				out[row][column] += n[row][k] * m[k][column]
			}
		}
	}
	return out
}

// affine reports whether the factor is 1 everywhere.
func (m *matrix) affine() bool { return m[2] == [3]float64{0, 0, 1} }

func linear(a, b, c, d float64) matrix { return matrix{{a, b, 0}, {c, d, 0}, {0, 0, 1}} }

func translation(x, y float64) matrix { return matrix{{1, 0, x}, {0, 1, y}, {0, 0, 1}} }

// placement is what Keras' apply_affine_transform takes. What it does with tx and
// zx goes along the width, whatever its documentation says.
type placement struct {
	angle, shear   float64 // degrees
	shiftX, shiftY float64 // pixels, along width and height, of where is read
	zoomX, zoomY   float64 // factors on where is read: above 1 the part gets smaller
}

var unplaced = placement{zoomX: 1, zoomY: 1}

// matrix about the origin: zoom, shear, shift, rotation, from the output back.
func (a placement) matrix() matrix {
	m := linear(a.zoomX, 0, 0, a.zoomY)
	if a.shear != 0 {
		sin, cos := math.Sincos(a.shear * math.Pi / 180)
		m = m.then(linear(1, -sin, 0, cos))
	}
	m = m.then(translation(a.shiftX, a.shiftY))
	if a.angle != 0 {
		sin, cos := math.Sincos(a.angle * math.Pi / 180)
		m = m.then(linear(cos, -sin, sin, cos))
	}
	return m
}

// lean is a tilt by some degrees about the axis at right angles to a direction.
type lean struct{ degrees, direction float64 }

// matrix of the plane leaned back by that angle, seen from distance: with u along
// the axis and v across, u = u'/w and v = v'/(w cos) where w = 1 - v' tan/distance.
func (l lean) matrix(distance float64) matrix {
	sin, cos := math.Sincos(l.direction * math.Pi / 180)
	tiltSin, tiltCos := math.Sincos(l.degrees * math.Pi / 180)
	projection := matrix{{1, 0, 0}, {0, 1 / tiltCos, 0}, {0, -tiltSin / tiltCos / distance, 1}}
	return linear(cos, sin, -sin, cos).then(projection).then(linear(cos, -sin, sin, cos))
}

// source returns the matrix of the whole variant. Reading goes backwards: from
// the output through the quarter turns, the flips, the tilt and Keras' placement
// to the source.
func (v *variant) source(spec inspection.InputSpec) matrix {
	centreX, centreY := float64(spec.Width-1)/2, float64(spec.Height-1)/2
	m := translation(-centreX, -centreY)
	for range v.quarters {
		m = m.then(linear(0, -1, 1, 0))
	}
	if v.horizontal {
		m = m.then(linear(-1, 0, 0, 1))
	}
	if v.vertical {
		m = m.then(linear(1, 0, 0, -1))
	}
	if v.tilt.degrees != 0 {
		m = m.then(v.tilt.matrix(cameraDistance * float64(max(spec.Width, spec.Height))))
	}
	if v.placement != unplaced {
		m = m.then(v.placement.matrix())
	}
	return m.then(translation(centreX, centreY))
}

// moves reports whether only flips and quarter turns are involved.
func (v *variant) moves() bool { return v.placement == unplaced && v.tilt.degrees == 0 }
