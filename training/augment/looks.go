package augment

import (
	"assay/inference"
	"assay/inspection"
)

// Looks hold how other pictures of a kind of part look, for Pipeline.Look. They
// do not change once made and may be used by several goroutines.
type Looks struct {
	*look
	spec  inspection.InputSpec
	count int
	// values holds count×channels×inside values.
	values []uint8
	// turned says, for each of the frame's ways to lie on itself and each pixel inside, which of the inside pixels comes there.
	turned [][]int32
}

// MaxLooks is how many pictures a training takes looks from: enough that few
// pairs come twice.
const MaxLooks = 1024

// NewLooks reads the looks of n pictures of C×H×W pixels; picture's result is
// only used until its next call. Frames below 8 pixels have no rings: their looks
// lend nothing.
func NewLooks(spec inspection.InputSpec, n int, picture func(i int) []uint8) *Looks {
	l := &Looks{look: newLook(spec), spec: spec}
	if l.look == nil {
		return l
	}
	l.count = n
	inside := len(l.inside)
	l.values = make([]uint8, n*spec.Channels*inside)
	var room lookRoom
	for i := range n {
		pixels := picture(i)
		for c := range spec.Channels {
			l.read(l.of(i, c), pixels[c*l.area:(c+1)*l.area], &room)
		}
	}
	l.turn()
	return l
}

func (l *Looks) of(picture, channel int) []uint8 {
	inside := len(l.inside)
	return l.values[(picture*l.spec.Channels+channel)*inside:][:inside]
}

// turn fills the tables of orientations: mirrored, upside down and, where the
// frame is square, transposed.
func (l *Looks) turn() {
	place := make([]int32, l.area)
	for k, pixel := range l.inside {
		place[pixel] = int32(k)
	}
	ways, width := 4, int32(l.spec.Width)
	if l.spec.Width == l.spec.Height {
		ways = 8
	}
	for way := range ways {
		orientation := inference.NewOrientation(l.spec.Width, l.spec.Height, way)
		table := make([]int32, len(l.inside))
		for k, pixel := range l.inside {
			table[k] = place[orientation.From(int(pixel%width), int(pixel/width))]
		}
		l.turned = append(l.turned, table)
	}
}

// borrowed is a look taken from another picture: from 0 to 1 which one and in
// which orientation, and how far the way to it goes; 0 is off.
type borrowed struct{ donor, turn, way float64 }

// drawBorrowed takes another look for a share of the images, most of the way.
func drawBorrowed(random *random, share float64) borrowed {
	if chosen := random.next() < share; !chosen {
		return borrowed{}
	}
	return borrowed{donor: random.next(), turn: random.next(), way: random.between(0.5, 1)}
}

// lend writes into the scratch the C×H×W pixels with the look of another picture
// and returns them; what stands out from their own look stays.
func (l *Looks) lend(pixels []uint8, b borrowed, s *scratch) []uint8 {
	s.lent, s.look = grown(s.lent, len(pixels)), grown(s.look, len(l.inside))
	out, own := s.lent, s.look
	copy(out, pixels)
	table := l.turned[int(b.turn*float64(len(l.turned)))]
	way := int32(b.way * 256)
	for channel := range l.spec.Channels {
		to := out[channel*l.area : (channel+1)*l.area]
		l.read(own, to, &s.lookRoom)
		other := l.of(int(b.donor*float64(l.count)), channel)
		for k, pixel := range l.inside {
			change := (way*(int32(other[table[k]])-int32(own[k])) + 128) >> 8
			to[pixel] = uint8(min(max(int32(to[pixel])+change, 0), 255))
		}
	}
	return out
}

// WithLooks returns the pipeline with the looks that Look takes; without any it
// leaves images as they are. The pipeline is then for images of the looks' size only.
func (p Pipeline) WithLooks(l *Looks) Pipeline {
	p.looks = l
	return p
}

// lends reports whether the variant takes another picture's look.
func (p Pipeline) lends(v *variant) bool {
	return v.borrowed.way > 0 && p.looks != nil && p.looks.count > 0
}
