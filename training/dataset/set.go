package dataset

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"assay/inspection"
)

// Sample is one image that has been read.
type Sample struct {
	Name  string
	Class inspection.Class
	// Digest is the hex SHA-256 of the encoded image.
	Digest string
	// Part and Group are those of the item.
	Part  Part
	Group string
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
func (s *Set) Count() (normal, defective int) { return s.CountOf(s.All()) }

// CountOf returns how many of the samples at those indices are of each class.
func (s *Set) CountOf(indices []int) (normal, defective int) {
	for _, index := range indices {
		if s.Samples[index].Class == inspection.Defective {
			defective++
		}
	}
	return len(indices) - defective, defective
}

// Part returns the indices of the samples of that part, sorted by digest, so
// that they depend on content alone.
func (s *Set) Part(part Part) []int {
	var indices []int
	for i, sample := range s.Samples {
		if sample.Part == part {
			indices = append(indices, i)
		}
	}
	s.sortByDigest(indices)
	return indices
}

func (s *Set) sortByDigest(indices []int) {
	slices.SortFunc(indices, func(a, b int) int {
		return cmp.Or(cmp.Compare(s.Samples[a].Digest, s.Samples[b].Digest), cmp.Compare(a, b))
	})
}

// Fingerprint returns the hex SHA-256 over the sorted lines "digest class" of
// the samples: it names the content, whatever the files are called.
func (s *Set) Fingerprint() string {
	lines := make([]string, s.Len())
	for i, sample := range s.Samples {
		lines[i] = fingerprintLine(sample.Digest, sample.Class)
	}
	return fingerprint(lines)
}

// Fingerprint is Set.Fingerprint for items whose digests are known.
func Fingerprint(items []Item) string {
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = fingerprintLine(item.Digest, item.Class)
	}
	return fingerprint(lines)
}

func fingerprintLine(digest string, class inspection.Class) string {
	return digest + " " + class.String() + "\n"
}

func fingerprint(lines []string) string {
	slices.Sort(lines)
	return digestOf([]byte(strings.Join(lines, "")))
}

// digestOf returns the hex SHA-256.
func digestOf(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}

func imageSize(spec inspection.InputSpec) int { return spec.Channels * spec.Height * spec.Width }
