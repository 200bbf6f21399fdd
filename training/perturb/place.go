package perturb

import "math"

// cameraDistance is from where a tilted picture is seen, in its longer sides.
const cameraDistance = 2.5

// matrix maps an output pixel to where it is read, up to a factor.
type matrix [3][3]float64

// after returns the matrix that does first, then m.
func (m matrix) after(first matrix) matrix {
	var out matrix
	for row := range out {
		for column := range 3 {
			for k := range 3 {
				out[row][column] += m[row][k] * first[k][column]
			}
		}
	}
	return out
}

func turn(degrees float64) matrix {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	return matrix{{cos, -sin, 0}, {sin, cos, 0}, {0, 0, 1}}
}

func move(x, y float64) matrix { return matrix{{1, 0, x}, {0, 1, y}, {0, 0, 1}} }

func stretch(x, y float64) matrix { return matrix{{x, 0, 0}, {0, y, 0}, {0, 0, 1}} }

// matrix from the output back to the picture: tilt, flips, scale, shift, rotation,
// about the centre.
func (s *settings) matrix(width, height int) matrix {
	centreX, centreY := float64(width-1)/2, float64(height-1)/2
	m := move(-centreX, -centreY)
	if s.tilt != 0 {
		sin, cos := math.Sincos(s.tilt * math.Pi / 180)
		// The plane leans back along y: v = v'/(w cos), u = u'/w with w = 1 - v' tan/distance.
		lean := matrix{{1, 0, 0}, {0, 1 / cos, 0}, {0, -sin / cos / (cameraDistance * float64(max(width, height))), 1}}
		m = turn(s.axis).after(lean).after(turn(-s.axis)).after(m)
	}
	scaleX, scaleY := 1/s.scaleX, 1/s.scaleY
	if s.horizontal {
		scaleX = -scaleX
	}
	if s.vertical {
		scaleY = -scaleY
	}
	m = stretch(scaleX, scaleY).after(m)
	m = move(-s.shiftX*float64(width), -s.shiftY*float64(height)).after(m)
	return move(centreX, centreY).after(turn(s.angle)).after(m)
}

// place resamples the picture once; where nothing moves it comes back as it is.
func (s *settings) place(p picture) picture {
	still := *s
	still.angle, still.scaleX, still.scaleY, still.shiftX, still.shiftY, still.tilt = 0, 1, 1, 0, 0, 0
	still.horizontal, still.vertical, still.axis = false, false, s.axis
	if still == *s {
		return p
	}
	m := s.matrix(p.width, p.height)
	out := picture{p.width, p.height, make([][]float32, len(p.planes))}
	for c := range out.planes {
		out.planes[c] = make([]float32, p.width*p.height)
	}
	for y := range p.height {
		for x := range p.width {
			fx, fy := float64(x), float64(y)
			w := m[2][0]*fx + m[2][1]*fy + m[2][2]
			u := (m[0][0]*fx + m[0][1]*fy + m[0][2]) / w
			v := (m[1][0]*fx + m[1][1]*fy + m[1][2]) / w
			p.sample(out, y*p.width+x, u, v)
		}
	}
	return out
}

// sample reads all planes at (x, y), the edge repeated outside, into pixel i of out.
func (p picture) sample(out picture, i int, x, y float64) {
	x, y = min(max(x, 0), float64(p.width-1)), min(max(y, 0), float64(p.height-1))
	left, upper := int(x), int(y)
	right, lower := min(left+1, p.width-1), min(upper+1, p.height-1)
	fx, fy := float32(x-float64(left)), float32(y-float64(upper))
	for c, plane := range p.planes {
		a, b := plane[upper*p.width+left], plane[upper*p.width+right]
		d, e := plane[lower*p.width+left], plane[lower*p.width+right]
		top, bottom := a+(b-a)*fx, d+(e-d)*fx
		out.planes[c][i] = top + (bottom-top)*fy
	}
}

// tone changes light, contrast and brightness in place; values stay 0 to 255.
func (s *settings) tone(p picture) {
	if s.brightness == 1 && s.contrast == 1 && s.rampX == 0 && s.rampY == 0 && s.spot == 0 {
		return
	}
	middle := p.mean()
	for y := range p.height {
		for x := range p.width {
			light := s.light(float64(x), float64(y), p)
			for _, plane := range p.planes {
				value := float64(plane[y*p.width+x]) * light
				value = (middle + s.contrast*(value-middle)) * s.brightness
				plane[y*p.width+x] = float32(min(max(value, 0), 255))
			}
		}
	}
}

func (p picture) mean() float64 {
	sum := 0.0
	for _, plane := range p.planes {
		for _, v := range plane {
			sum += float64(v)
		}
	}
	return sum / float64(len(p.planes)*p.width*p.height)
}

// light is the factor at a pixel.
func (s *settings) light(x, y float64, p picture) float64 {
	factor := 1 + s.rampX*(2*x/float64(p.width)-1) + s.rampY*(2*y/float64(p.height)-1)
	if s.spot != 0 {
		dx, dy := x-s.spotX*float64(p.width), y-s.spotY*float64(p.height)
		radius := s.spotRadius * float64(max(p.width, p.height))
		factor += s.spot * math.Exp(-(dx*dx+dy*dy)/(2*radius*radius))
	}
	return factor
}
