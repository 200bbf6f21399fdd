package demo

import (
	"image"

	"assay/inspection"
)

// The line's rhythm in frames, and the distance between two places on the belt
// in pixels: far enough that beside a part at rest no other is in sight.
const (
	moveFrames = 12
	restFrames = 18
	cycle      = moveFrames + restFrames
	pitch      = 560
)

// emptyShare is the share of places on the belt without a part.
const emptyShare = 1.0 / 14

// Region is where a part at rest lies: the largest centred square.
var Region = inspection.Rectangle{X: (Width - Height) / 2, Y: 0, Width: Height, Height: Height}

// place is a place on the belt: the slot counts them from 0, which is empty.
type place struct {
	slot   uint64
	sprite *sprite // nil for an empty place
}

// line is the simulation; it makes one frame after the other.
type line struct {
	seed    uint64
	texture *texture
	belt    *belt
	sensor  *sensor

	frame  uint64 // made so far
	parts  uint64 // placed so far
	places []place
}

func newLine(seed uint64) *line {
	t := newTexture(stream(seed, forTexture, 0))
	return &line{seed: seed, texture: t, belt: newBelt(seed, t), sensor: newSensor(seed), places: []place{{}}}
}

// next makes the next frame and says what it shows, as advance does.
func (l *line) next() (*image.RGBA, *inspection.Truth) {
	scene, truth := l.advance()
	return l.render(scene), truth
}

// advance moves the line by a frame and returns what is in sight; and what the
// part nearest to the middle is, nil if there is none in Region.
func (l *line) advance() (scene, *inspection.Truth) {
	moved := displacement(l.frame)
	l.supply()
	sight := scene{shift: moved, light: lightAt(l.seed, float64(l.frame)), random: stream(l.seed, forScene, l.frame)}
	var truth *inspection.Truth
	for _, p := range l.places {
		if p.sprite == nil {
			continue
		}
		x := Width/2 + moved - int(p.slot)*pitch
		if x < -spriteSize/2 || x > Width+spriteSize/2 {
			continue
		}
		p.sprite.draw(spriteSize)
		sight.sprites = append(sight.sprites, laid{p.sprite, x})
		if Region.X < x && x < Region.X+Region.Width {
			t := p.sprite.part.truth
			truth = &t
		}
	}
	l.frame++
	return sight, truth
}

// supply keeps a place ahead of those in sight, and draws a share of it.
func (l *line) supply() {
	now := l.frame / cycle // slot in the middle, or leaving it
	for last := l.places[len(l.places)-1].slot; last < now+3; {
		last++
		l.places = append(l.places, l.newPlace(last))
	}
	for l.places[0].slot+1 < now {
		l.places = l.places[1:]
	}
	for _, p := range l.places {
		if p.sprite != nil && p.sprite.rows < spriteSize {
			p.sprite.draw((spriteSize + cycle - 1) / cycle)
			return
		}
	}
}

// newPlace puts the next part on a place, or leaves it empty. The first place
// that comes has a part, so that nobody waits for one.
func (l *line) newPlace(slot uint64) place {
	if slot > 1 && stream(l.seed, forSlot, slot).chance(emptyShare) {
		return place{slot: slot}
	}
	l.parts++
	return place{slot: slot, sprite: newSprite(newPart(l.seed, l.parts), l.texture)}
}

// displacement returns how far the belt has come at a frame, in pixels. Each
// cycle moves it by one pitch, gently at both ends, and lets it rest.
func displacement(frame uint64) int {
	done, in := frame/cycle, frame%cycle
	f := min(float64(in+1)/moveFrames, 1)
	return int(done)*pitch + int(smooth(f)*pitch+0.5)
}

// scene is what one frame shows.
type scene struct {
	shift   int // of the belt
	sprites []laid
	light   light
	random  *random
}

// laid is a part whose sprite's middle is at column x.
type laid struct {
	*sprite
	x int
}

// render draws a scene into a fresh picture.
func (l *line) render(s scene) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, Width, Height))
	var row [Width]uint8
	for y := range Height {
		l.belt.row(row[:], y, s.shift)
		for _, p := range s.sprites {
			p.lay(row[:], y)
		}
		l.sensor.expose(img.Pix[y*img.Stride:], row[:], s.light, y, s.random)
	}
	return img
}

// lay lays row y of the part over a row of the belt.
func (p laid) lay(row []uint8, y int) {
	left := p.x - spriteSize/2
	from, to := max(-left, 0), min(len(row)-left, spriteSize)
	if from >= to {
		return
	}
	through := p.through[y*spriteSize:][from:to]
	light := p.light[y*spriteSize:][from:to]
	row = row[left+from:][:len(through)]
	for i, t := range through {
		row[i] = uint8(uint16(row[i])*(uint16(t)+1)>>8) + light[i]
	}
}

// Render returns the part of that number at rest in the middle of an otherwise
// empty belt, and what it is. The part is the one that the line of that seed
// shows; where on the belt it lies, the moment's light and the noise are drawn
// anew, as the line might. It is for making training sets; it is safe for
// concurrent use, and each call prepares the whole line of that seed: use a
// Studio for many parts.
func Render(seed, part uint64) (*image.RGBA, inspection.Truth) {
	return NewStudio(seed).Render(part)
}

// Studio renders single parts of one line. It is used by one goroutine at a time.
type Studio struct{ line *line }

// NewStudio prepares the line of a seed.
func NewStudio(seed uint64) *Studio { return &Studio{newLine(seed)} }

// Render is the function Render for the studio's seed.
func (s *Studio) Render(part uint64) (*image.RGBA, inspection.Truth) {
	r := stream(s.line.seed, forScene, ^part)
	sprite := newSprite(newPart(s.line.seed, part), s.line.texture)
	sprite.draw(spriteSize)
	moment := r.between(0, 1e6)
	return s.line.render(scene{
		shift:   r.IntN(beltLength),
		sprites: []laid{{sprite, Width / 2}},
		light:   lightAt(s.line.seed, moment),
		random:  r,
	}), sprite.part.truth
}

// AtRest reports whether the belt stands still in the frame of that sequence
// number, counted from 1.
func AtRest(sequence uint64) bool {
	return sequence > 0 && (sequence-1)%cycle >= moveFrames-1
}
