package training

import (
	"hash/fnv"
	"math/rand/v2"
)

// pick is one image of a batch.
type pick struct {
	// index is in the data set; sample and epoch go into the augmentation's key, so that the same image drawn again
	// gets another variant.
	index, sample, epoch int
}

// stream deals out some of a data set's images in a shuffled order, over and
// over: each pass has an order of its own, which follows from the seed and the
// pass alone.
type stream struct {
	indices []int
	seed    uint64
	// salt keeps the orders of two streams apart; first is the sample number of the stream's first image.
	salt  uint64
	first int

	pass  int
	order []int
}

var shuffleStream = saltOf("training order")

func saltOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return h.Sum64()
}

// permutation returns the order of a pass.
func (s *stream) permutation(pass int) []int {
	random := rand.New(rand.NewPCG(s.seed, shuffleStream^s.salt+uint64(pass))) //nolint:gosec // an order needs no secrecy
	return random.Perm(len(s.indices))
}

// at returns the image at a place in the endless sequence of passes; pass 1
// comes first.
func (s *stream) at(place int) pick {
	pass := place/len(s.indices) + 1
	if pass != s.pass {
		s.pass, s.order = pass, s.permutation(pass)
	}
	position := s.order[place%len(s.indices)]
	return pick{s.indices[position], s.first + position, pass}
}
