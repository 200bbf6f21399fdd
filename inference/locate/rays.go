package locate

import "math"

const (
	// rays is a multiple of 8, so that the rays of a mirrored or turned picture are the same.
	rays = 64
	// sectors divide the rays: within one the rim has one polarity.
	sectors = 16
	// stepPixels is the distance of samples along a ray.
	stepPixels = 0.5
)

var directions = func() (d [rays]point) {
	for i := range d {
		sin, cos := math.Sincos((float64(i) + 0.5) * 2 * math.Pi / rays)
		d[i] = point{cos, sin}
	}
	return d
}()

// ray is one direction of an ellipse: where it meets the ellipse, the normal
// there, and how far the ellipse moves along it for each unit of a parameter.
type ray struct {
	x, y   float32 // the point on the ellipse
	dx, dy float32 // from the centre to it
	nx, ny float32 // the outward normal
	slope  float32 // pixels along the normal for one pixel... of scale: (dx,dy)·(nx,ny)
}

// cast returns the rays of an ellipse.
func (e ellipse) cast(out *[rays]ray) {
	determinant := e.xx*e.yy - e.xy*e.xy
	for i, u := range directions {
		dx, dy := e.xx*u.x+e.xy*u.y, e.xy*u.x+e.yy*u.y
		nx, ny := (e.yy*u.x-e.xy*u.y)/determinant, (e.xx*u.y-e.xy*u.x)/determinant
		length := math.Hypot(nx, ny)
		nx, ny = nx/length, ny/length
		out[i] = ray{x: float32(e.x + dx), y: float32(e.y + dy), dx: float32(dx), dy: float32(dy),
			nx: float32(nx), ny: float32(ny), slope: float32(dx*nx + dy*ny)}
	}
}
