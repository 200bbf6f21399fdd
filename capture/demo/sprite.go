package demo

import "math"

// spriteSize is the side of a part's drawing: the part, what sticks out of it
// and its shadow.
const spriteSize = 480

// sprite is a part drawn once and laid over the belt in each frame: what is
// seen is the belt times through/256 plus light.
type sprite struct {
	part    *part
	texture *texture
	through []uint8
	light   []uint8
	rows    int // drawn so far; the defect follows after the last
}

func newSprite(p *part, t *texture) *sprite {
	return &sprite{part: p, texture: t,
		through: make([]uint8, spriteSize*spriteSize), light: make([]uint8, spriteSize*spriteSize)}
}

// draw draws up to n more rows, and the defect with the last: a part is drawn
// bit by bit while others pass, so that no single frame takes long.
func (s *sprite) draw(n int) {
	if s.rows == spriteSize {
		return
	}
	for end := min(s.rows+n, spriteSize); s.rows < end; s.rows++ {
		s.drawRow(s.rows)
	}
	if s.rows == spriteSize {
		s.drawDefect()
	}
}

func (s *sprite) drawRow(y int) {
	p := s.part
	sin, cos := math.Sincos(p.light)
	const shadowShift = 9
	for x := range spriteSize {
		dx, dy := float64(x)-spriteSize/2-p.x, float64(y)-spriteSize/2-p.y
		i := y*spriteSize + x
		through := shadow(math.Hypot(dx+shadowShift*cos, dy+shadowShift*sin) - p.radius)
		u, angle := p.polar(dx, dy)
		cover := 1 - p.step(u, 1)
		if cover == 0 {
			s.through[i] = level(255 * through)
			continue
		}
		value, open := p.shade(u, angle, dx, dy, s.texture.at(x+p.stain, y+p.stain/textureSize))
		s.through[i] = level(255 * (through*(1-cover) + open*cover))
		s.light[i] = level(value * cover)
	}
}

// shadow returns how much of the belt's light is left at a distance from the rim.
func shadow(distance float64) float64 {
	f := unit(1 - distance/30)
	return 1 - 0.5*f*f
}

// step rises from 0 to 1 where u passes the edge, softened as a lens does.
func (p *part) step(u, edge float64) float64 {
	const softness = 1.7 // pixels
	return unit((u-edge)*p.radius/softness + 0.5)
}

// The part's circles, as shares of its radius.
const (
	chamferFrom = 0.968
	grooveTo    = 0.662
	ringTo      = 0.612
	bowlTo      = 0.548
	hubTo       = 0.292
	boreTo      = 0.205
)

// shade returns the brightness of the casting at a point, and how much of the
// belt is seen through it there (in the bore). stain is the texture's value.
func (p *part) shade(u, angle, dx, dy, stain float64) (value, open float64) {
	lit := math.Cos(angle - p.light)
	turned := p.turning[min(int(u*250), 255)] + p.fan[int((angle/(2*math.Pi)+2)*1024)&1023]
	value = 172 + turned + 8*stain
	if u > chamferFrom {
		return p.chamfer(value, u, lit), 0
	}
	value = blend(p.groove(u, lit, stain), value, p.step(u, grooveTo))
	if u < grooveTo-0.02 {
		ring := 198 + 0.6*turned + 5*stain + 22*lit*p.step(u, ringTo-0.02)
		value = blend(ring, value, p.step(u, ringTo+0.01*lit))
	}
	if u > ringTo {
		return value, 0
	}
	return p.inner(value, dx-p.innerX, dy-p.innerY, stain)
}

func (p *part) chamfer(value, u, lit float64) float64 {
	f := (u - chamferFrom) / (1 - chamferFrom)
	return value + f*(30*lit-34)
}

// groove is dark where its wall hides it from the light.
func (p *part) groove(u, lit, stain float64) float64 {
	middle := 1 - math.Abs(u-(ringTo+grooveTo)/2)/(grooveTo-ringTo)*2
	return 44 + 52*unit(-lit)*unit(middle) + 5*stain
}

// inner shades what lies within the ring: bowl with vanes, hub, bore.
func (p *part) inner(value, dx, dy, stain float64) (shade, open float64) {
	u, angle := p.polar(dx, dy)
	lit := math.Cos(angle - p.light)
	value = blend(p.bowl(u, angle, lit, stain), value, p.step(u, bowlTo))
	if u > hubTo+0.02 {
		return value, 0
	}
	hub := 190 + 16*lit*p.step(u, (hubTo+boreTo)/2) - 12*lit + 5*stain
	value = blend(hub, value, p.step(u, hubTo))
	if u > boreTo+0.02 {
		return value, 0
	}
	hole := 1 - p.step(u, boreTo)
	wall := unit((u/boreTo-0.55)/0.45) * unit(0.4+lit) // the wall towards the light lies in shadow
	return blend(value, 8, hole), hole * blend(0.84, 0.35, wall)
}

// bowl is deep and dark; the vanes catch some light.
func (p *part) bowl(u, angle, lit, stain float64) float64 {
	const vanes = 7
	const twist = 3.4 // radians from hub to ring
	phase := (angle - p.turn - twist*(u-hubTo)/(bowlTo-hubTo)*0.5) * vanes / (2 * math.Pi)
	along := phase - math.Floor(phase)
	depth := (u - hubTo) / (bowlTo - hubTo)
	ridge := 0.0
	if along < 0.2 {
		ridge = smooth(1-along/0.2) * (0.45 + 0.55*depth)
	}
	if along > 0.95 {
		ridge = (along - 0.95) / 0.05 * (0.45 + 0.55*depth)
	}
	return 24 + p.vaneGlow*ridge*(1-0.35*lit) + 10*(1-along)*(1-depth) + 3*stain
}

// level rounds to what a pixel holds.
func level(v float64) uint8 { return uint8(min(max(v+0.5, 0), 255)) }
