package demo

import "math"

// drawDefect draws the part's defect, if it has one, over the finished part.
func (s *sprite) drawDefect() {
	switch s.part.truth.Defect {
	case Blowhole:
		s.drawBlowholes()
	case Scratch:
		s.drawScratch()
	case Crack:
		s.drawCrack()
	case Chip:
		s.drawChip()
	case Leftover:
		s.drawLeftover()
	}
}

// put lays a shade over one pixel, with f from 0 (nothing) to 1 (all of it).
func (s *sprite) put(x, y int, shade, f float64) {
	if x < 0 || y < 0 || x >= spriteSize || y >= spriteSize || f <= 0 {
		return
	}
	i := y*spriteSize + x
	s.light[i] = level(blend(float64(s.light[i]), shade, f))
	s.through[i] = level(float64(s.through[i]) * (1 - f))
}

// around calls paint for each pixel within reach of a point, with the distance
// and direction from it.
func around(cx, cy, reach float64, paint func(x, y int, distance, angle float64)) {
	for y := int(cy - reach); y <= int(cy+reach)+1; y++ {
		for x := int(cx - reach); x <= int(cx+reach)+1; x++ {
			dx, dy := float64(x)-cx, float64(y)-cy
			if d := math.Hypot(dx, dy); d <= reach {
				paint(x, y, d, math.Atan2(dy, dx))
			}
		}
	}
}

// drawBlowholes draws one to three pits where gas was caught.
func (s *sprite) drawBlowholes() {
	r := s.part.random
	u, angle := r.between(0.72, 0.92), r.angle()
	for i := range 1 + r.IntN(3) {
		size := r.between(8, 12.5)
		if i > 0 {
			size = r.between(4, 8) // the smaller ones lie near the large one
		}
		x, y := s.part.point(u, angle)
		s.drawPit(x, y, size)
		u = min(max(u+r.between(-0.09, 0.09), 0.7), 0.93)
		angle += r.between(-0.25, 0.25)
	}
}

// drawPit draws a dark hole whose far edge catches the light.
func (s *sprite) drawPit(cx, cy, size float64) {
	outline := s.part.random.harmonics(0.3)
	around(cx, cy, size*1.5+4, func(x, y int, d, angle float64) {
		edge := size * (1 + outline.at(angle))
		lit := math.Cos(angle - s.part.light)
		if rim := 1 - math.Abs(d-edge-1.5)/2.2; rim > 0 {
			s.put(x, y, 246, 0.75*rim*unit(0.35-lit))
		}
		floor := 22 + 40*unit(-lit)*unit(d/edge) + 10*s.texture.at(x*5, y*5)
		s.put(x, y, floor, unit((edge-d)/1.5+0.5))
	})
}

// stroke draws a line from a to b whose width goes from w to v, in the shade given.
func (s *sprite) stroke(ax, ay, bx, by, w, v, shade, strength float64, onMetal bool) {
	length := math.Hypot(bx-ax, by-ay)
	reach := max(w, v) + 2
	for y := int(min(ay, by) - reach); y <= int(max(ay, by)+reach); y++ {
		for x := int(min(ax, bx) - reach); x <= int(max(ax, bx)+reach); x++ {
			dx, dy := float64(x)-ax, float64(y)-ay
			t := unit((dx*(bx-ax) + dy*(by-ay)) / (length * length))
			d := math.Hypot(dx-t*(bx-ax), dy-t*(by-ay))
			if f := unit(blend(w, v, t)/2 - d + 0.5); f > 0 && (!onMetal || s.metal(x, y)) {
				s.put(x, y, shade, f*strength)
			}
		}
	}
}

// metal reports whether a pixel shows a machined face, where scratches are.
func (s *sprite) metal(x, y int) bool {
	if x < 0 || y < 0 || x >= spriteSize || y >= spriteSize {
		return false
	}
	i := y*spriteSize + x
	return s.through[i] < 20
}

// drawScratch draws a long dark furrow with a bright burr beside it.
func (s *sprite) drawScratch() {
	r := s.part.random
	where := r.angle()
	x, y := s.part.point(r.between(0.79, 0.85), where)
	slant := r.between(-0.9, 0.9) // from the tangent, so that the scratch stays on the flange
	half := min(r.between(45, 80), 28/math.Abs(math.Sin(slant)))
	bend := r.between(-0.25, 0.25)
	width := r.between(4, 5.4)
	direction := where + math.Pi/2 + slant
	const pieces = 14
	x, y = x-half*math.Cos(direction), y-half*math.Sin(direction)
	for i := range pieces {
		a := direction + bend*(float64(i)/pieces-0.5)
		nx, ny := x+2*half/pieces*math.Cos(a), y+2*half/pieces*math.Sin(a)
		w := width * (0.4 + 0.6*math.Sin(math.Pi*(float64(i)+0.5)/pieces))
		bx, by := -2.6*math.Sin(a), 2.6*math.Cos(a)
		burr := r.between(0.2, 0.8) // it does not stand everywhere
		s.stroke(x+bx, y+by, nx+bx, ny+by, 1.8, 1.8, 244, burr, true)
		s.stroke(x, y, nx, ny, w, w, r.between(40, 66), 0.9, true)
		x, y = nx, ny
	}
}

// drawCrack draws a jagged line from the rim inwards, with a branch.
func (s *sprite) drawCrack() {
	r := s.part.random
	angle := r.angle()
	x, y := s.part.point(0.995, angle)
	direction := angle + math.Pi + r.between(-0.5, 0.5)
	length := r.between(54, 76)
	s.crackFrom(x, y, direction, length, r.between(4.2, 5.8))
}

func (s *sprite) crackFrom(x, y, direction, length, width float64) {
	r := s.part.random
	const piece = 6.5 // pixels
	pieces := int(length / piece)
	branch := 1 + r.IntN(max(pieces-2, 1))
	for i := range pieces {
		a := direction + r.between(-0.9, 0.9)
		nx, ny := x+piece*math.Cos(a), y+piece*math.Sin(a)
		w := width * (1 - 0.65*float64(i)/float64(pieces)) * r.between(0.8, 1.15)
		s.stroke(x, y, nx, ny, w, w*0.9, 26, 0.95, false)
		if i == branch && length > 40 {
			s.crackFrom(nx, ny, direction+r.between(0.5, 0.9)*sign(r), length*0.4, w*0.8)
		}
		x, y = nx, ny
	}
}

func sign(r *random) float64 {
	if r.chance(0.5) {
		return 1
	}
	return -1
}

// drawChip breaks a piece out of the rim: the belt shows, in the part's shadow,
// beside a rough, glittering face.
func (s *sprite) drawChip() {
	r := s.part.random
	x, y := s.part.point(r.between(1.01, 1.05), r.angle())
	size := r.between(28, 40)
	outline := r.harmonics(0.22)
	around(x, y, size*1.7, func(px, py int, d, angle float64) {
		i := py*spriteSize + px
		if px < 0 || py < 0 || px >= spriteSize || py >= spriteSize || s.through[i] > 120 {
			return // belt already
		}
		edge := size * (1 + outline.at(angle))
		face := edge + 11 + 6*s.texture.at(px*2, py*2)
		lit := math.Cos(angle - s.part.light)
		s.put(px, py, fracture(s.texture.at(px*4, py*4), d-edge)-30*lit, unit(face-d))
		gone := unit(edge - d + 0.5)
		s.light[i] = level(float64(s.light[i]) * (1 - gone))
		s.through[i] = level(blend(float64(s.through[i]), 60+110*unit((edge-d)/26), gone))
	})
}

// fracture is what broken cast iron looks like: dark grains and bright ones,
// darkest where it breaks off.
func fracture(grain, distance float64) float64 {
	return blend(30, 70+90*grain+130*unit(grain-0.3)*2, unit(distance/5))
}

// drawLeftover leaves mould material: a crust along the rim or lumps on the face.
func (s *sprite) drawLeftover() {
	if s.part.random.chance(0.65) {
		s.drawCrust()
		return
	}
	r := s.part.random
	u, angle := r.between(0.68, 0.9), r.angle()
	for range 1 + r.IntN(3) {
		x, y := s.part.point(u, angle)
		s.drawLump(x, y, r.between(12, 19))
		u, angle = min(max(u+r.between(-0.1, 0.1), 0.66), 0.9), angle+r.between(-0.3, 0.3)
	}
}

// drawCrust follows the rim for a stretch, thin at both ends.
func (s *sprite) drawCrust() {
	r := s.part.random
	from, span, thick := r.angle(), r.between(0.5, 1.5), r.between(13, 22)
	ragged := r.harmonics(0.35)
	for y := range spriteSize {
		for x := range spriteSize {
			u, angle := s.part.polar(float64(x)-spriteSize/2-s.part.x, float64(y)-spriteSize/2-s.part.y)
			at := math.Mod(angle-from+6*math.Pi, 2*math.Pi) / span
			if u < 0.94 || u > 1.16 || at > 1 {
				continue
			}
			height := thick * math.Sqrt(math.Sin(math.Pi*at)) * (0.8 + ragged.at(9*at) + 0.3*s.texture.at(x*3, y*3))
			over := height - (u-1)*s.part.radius
			under := (u-1)*s.part.radius + 4 + 3*s.texture.at(x*2+7, y*2)
			s.put(x, y, crust(s.texture.at(x*4, y*4), over), unit(over)*unit(under))
		}
	}
}

// crust is what mould sand looks like: dark with bright grains, darkest at its outline.
func crust(grain, inside float64) float64 {
	return blend(24, 62+60*grain+120*unit(grain-0.25)*2, unit(inside/4))
}

// drawLump draws a rough lump, lit from one side, with a shadow on the other.
func (s *sprite) drawLump(cx, cy, size float64) {
	outline := s.part.random.harmonics(0.4)
	around(cx, cy, size*1.7, func(x, y int, d, angle float64) {
		edge := size * (1 + outline.at(angle) + 0.12*s.texture.at(x*4, y*4))
		lit := math.Cos(angle - s.part.light)
		s.put(x, y, 60, 0.7*unit((edge+4-d)/4)*unit(-lit+0.3))
		s.put(x, y, crust(s.texture.at(x*4, y*4), edge-d)+45*lit*unit(d/edge), unit(edge-d+0.5))
	})
}
