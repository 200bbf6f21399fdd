package dataset

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"assay/inspection"
)

// Sample is one image that has been read.
type Sample struct {
	Name  string
	Class inspection.Class
	// Digest is the hex SHA-256 of the encoded image.
	Digest string
}

// Problem is an image that could not be read.
type Problem struct {
	Name string
	Err  error
}

// Set is a data set in memory at one model's input size. It does not change
// after Load and may be read from several goroutines.
type Set struct {
	Spec inspection.InputSpec
	// Samples are in the order of the items; Pixels holds Channels×Height×Width 8-bit values for each.
	Samples []Sample
	Pixels  []uint8
	// Unreadable lists the images that were left out, with the reason.
	Unreadable []Problem
}

// Len returns the number of samples.
func (s *Set) Len() int { return len(s.Samples) }

// Image returns the pixels of sample i, planes of rows from the top; not a copy.
func (s *Set) Image(i int) []uint8 {
	size := imageSize(s.Spec)
	return s.Pixels[i*size : (i+1)*size : (i+1)*size]
}

// Input writes sample i as the model takes it: each pixel times Scale plus
// Offset. dst has at least Channels×Height×Width values.
func (s *Set) Input(i int, dst []float32) {
	for j, v := range s.Image(i) {
		dst[j] = float32(float32(v)*s.Spec.Scale) + s.Spec.Offset // the conversion keeps compilers from fusing the two
	}
}

// Classes returns the true classes of the samples at those indices.
func (s *Set) Classes(indices []int) []inspection.Class {
	classes := make([]inspection.Class, len(indices))
	for i, index := range indices {
		classes[i] = s.Samples[index].Class
	}
	return classes
}

// All returns every index in order.
func (s *Set) All() []int {
	indices := make([]int, s.Len())
	for i := range indices {
		indices[i] = i
	}
	return indices
}

// Count returns the number of normal and of defective samples.
func (s *Set) Count() (normal, defective int) {
	for _, sample := range s.Samples {
		if sample.Class == inspection.Defective {
			defective++
		}
	}
	return s.Len() - defective, defective
}

// Fingerprint returns the hex SHA-256 over the sorted lines "digest class" of
// the samples: it names the content, whatever the files are called.
func (s *Set) Fingerprint() string {
	lines := make([]string, s.Len())
	for i, sample := range s.Samples {
		lines[i] = sample.Digest + " " + sample.Class.String() + "\n"
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, line := range lines {
		h.Write([]byte(line)) // never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Split divides the samples into a training and a validation part of about that
// share, class by class, as the seed has it. It depends on content alone, not
// on names or their order, and identical images stay on one side. Both parts
// hold each class, or the error wraps inspection.ErrBadDataset.
func (s *Set) Split(seed uint64, share float64) (train, validation []int, err error) {
	for _, class := range []inspection.Class{inspection.Normal, inspection.Defective} {
		groups := s.groups(class)
		if len(groups) < 2 {
			return nil, nil, fmt.Errorf("%w: %d different %s images; at least 2 are needed, one to train on and one to check with",
				inspection.ErrBadDataset, len(groups), class)
		}
		random := rand.New(rand.NewPCG(seed, splitStream+uint64(class))) //nolint:gosec // a split needs no secrecy
		random.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
		held := min(max(int(math.Round(share*float64(len(groups)))), 1), len(groups)-1)
		for i, group := range groups {
			if i < held {
				validation = append(validation, group...)
			} else {
				train = append(train, group...)
			}
		}
	}
	byDigest := func(a, b int) int {
		return cmp.Or(cmp.Compare(s.Samples[a].Digest, s.Samples[b].Digest), cmp.Compare(a, b))
	}
	slices.SortFunc(train, byDigest)
	slices.SortFunc(validation, byDigest)
	return train, validation, nil
}

// splitStream keeps the split's random numbers apart from those of other uses of the seed.
var splitStream = streamOf("dataset split")

func streamOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return h.Sum64()
}

// groups lists the samples of a class, identical images together, sorted by digest.
func (s *Set) groups(class inspection.Class) [][]int {
	byDigest := map[string][]int{}
	for i, sample := range s.Samples {
		if sample.Class == class {
			byDigest[sample.Digest] = append(byDigest[sample.Digest], i)
		}
	}
	digests := make([]string, 0, len(byDigest))
	for digest := range byDigest {
		digests = append(digests, digest)
	}
	slices.Sort(digests)
	groups := make([][]int, len(digests))
	for i, digest := range digests {
		groups[i] = byDigest[digest]
	}
	return groups
}

func imageSize(spec inspection.InputSpec) int { return spec.Channels * spec.Height * spec.Width }
