package demo

import (
	"math"

	"assay/inspection"
)

// The defects, as Truth.Defect names them.
const (
	Blowhole = "blowhole"
	Scratch  = "scratch"
	Crack    = "crack"
	Chip     = "chipped edge"
	Leftover = "leftover material"
)

// Defects lists the kinds of defect that the line makes, each as often.
var Defects = []string{Blowhole, Scratch, Crack, Chip, Leftover}

// DefectiveShare is the share of defective parts.
const DefectiveShare = 0.3

const nominalRadius = 196 // pixels

// part is one casting: what it is and how it lies.
type part struct {
	truth  inspection.Truth
	random *random // what follows is drawn from it, and the defect after that

	radius   float64
	x, y     float64 // centre, from the middle of the sprite
	squeeze  float64 // one axis seen this much shorter: the part lies askew
	askew    float64 // direction of that axis
	turn     float64 // rotation of the vanes
	innerX   float64 // the bowl lies deeper: seen from the side it is shifted
	innerY   float64
	light    float64 // direction the light comes from
	stain    int     // where in the texture its surface is taken from
	turning  [256]float64
	fan      [1024]float64
	vaneGlow float64
}

// truthOf returns what the part of that number is.
func truthOf(seed, number uint64) inspection.Truth {
	r := stream(seed, forClass, number)
	t := inspection.Truth{Part: number}
	if r.chance(DefectiveShare) {
		t.Class, t.Defect = inspection.Defective, Defects[r.IntN(len(Defects))]
	}
	return t
}

func newPart(seed, number uint64) *part {
	r := stream(seed, forPart, number)
	p := &part{truth: truthOf(seed, number), random: r}
	p.radius = nominalRadius * r.between(0.975, 1.025)
	p.x, p.y = r.between(-6, 6), r.between(-6, 6)
	p.squeeze, p.askew = r.between(0.97, 1), r.angle()
	p.turn = r.angle()
	p.innerX, p.innerY = r.between(-3, 3), r.between(-3, 3)
	p.light = lightDirection(seed, number) + r.between(-0.3, 0.3)
	p.stain = r.IntN(textureSize * textureSize)
	p.vaneGlow = r.between(26, 44)
	p.turnSurface()
	return p
}

// turnSurface draws what the lathe left: grooves by radius, and by angle the
// fan of light and dark that a turned face reflects.
func (p *part) turnSurface() {
	r := p.random
	slow := 0.0
	for i := range p.turning {
		slow = 0.8*slow + r.between(-1.6, 1.6)
		p.turning[i] = slow + r.between(-3, 3)
	}
	wide := r.harmonics(8)
	for i := range p.fan {
		a := float64(i) * 2 * math.Pi / float64(len(p.fan))
		p.fan[i] = 19*math.Cos(2*(a-p.light)) + wide.at(a)
	}
	for range 5 { // facets with one hard edge
		at, width, height := r.IntN(len(p.fan)), 20+r.IntN(80), r.between(-14, 14)
		for i := range width {
			p.fan[(at+i)%len(p.fan)] += height * (1 - float64(i)/float64(width))
		}
	}
	for i := range p.fan {
		p.fan[i] += r.between(-1.5, 1.5)
	}
}

// polar returns radius (1 at the rim) and angle of a point given from the
// part's centre.
func (p *part) polar(dx, dy float64) (u, angle float64) {
	s, c := math.Sincos(p.askew)
	a, b := dx*c+dy*s, (dy*c-dx*s)/p.squeeze
	return math.Sqrt(a*a+b*b) / p.radius, math.Atan2(b, a) + p.askew
}

// point is the inverse of polar, in the sprite's pixels.
func (p *part) point(u, angle float64) (x, y float64) {
	s, c := math.Sincos(angle - p.askew)
	a, b := u*p.radius*c, u*p.radius*s*p.squeeze
	s, c = math.Sincos(p.askew)
	return spriteSize/2 + p.x + a*c - b*s, spriteSize/2 + p.y + a*s + b*c
}
