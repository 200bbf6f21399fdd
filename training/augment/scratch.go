package augment

import (
	"sync"

	"assay/inspection"
)

// plane is one channel of an image: rows of width pixels, stride apart.
type plane struct {
	pixels                []uint8
	width, height, stride int
}

func (p plane) row(y int) []uint8 { return p.pixels[y*p.stride:][:p.width:p.width] }

// scratch is the room that one image needs on its way.
type scratch struct {
	first, second []uint8 // planes whose rows may be written up to a multiple of 8
	line          []uint8 // one row with its edges repeated
	taps          []int   // of a blur
	row           []float32
	spotX, spotY  []float32 // of uneven light, along the width and the height
	lookRoom      lookRoom
	lent, look    []uint8 // an image with another look, and a plane's own look
	tone          [256]float32
	tables        [maxZones][256]uint8
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func stride(width int) int { return (width + 7) &^ 7 }

// fit makes room for images of that size.
func (s *scratch) fit(spec inspection.InputSpec) {
	if n := stride(spec.Width)*spec.Height + 8; len(s.first) < n {
		s.first, s.second = make([]uint8, n), make([]uint8, n)
	}
	if len(s.row) < spec.Width {
		s.row, s.spotX = make([]float32, spec.Width), make([]float32, spec.Width)
	}
	if len(s.spotY) < spec.Height {
		s.spotY = make([]float32, spec.Height)
	}
}

// plane is one of the scratch's own.
func (s *scratch) plane(pixels []uint8, like plane) plane {
	return plane{pixels, like.width, like.height, stride(like.width)}
}

// grown returns room for n values: that which there is, where it is enough.
func grown(room []uint8, n int) []uint8 {
	if cap(room) < n {
		return make([]uint8, n)
	}
	return room[:n]
}
