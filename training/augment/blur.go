package augment

import (
	"encoding/binary"
	"math"
)

// The bytes of a word that are even and odd, as lanes of 16 bits, and a half to
// round their sums by.
const (
	lanes   = 0x00ff00ff00ff00ff
	halfOne = 0x0080008000800080
)

// kernel returns the weights of a sampled Gaussian from its centre outwards, in
// 256ths; both sides together make 256. Nothing is left of a very narrow one but
// its centre.
func kernel(taps []int, sigma float64) []int {
	radius := int(math.Ceil(2.5 * sigma))
	total := 1.0
	for k := 1; k <= radius; k++ {
		total += 2 * math.Exp(-float64(k*k)/(2*sigma*sigma))
	}
	taps = append(taps[:0], 256)
	for k := 1; k <= radius; k++ {
		weight := int(math.Round(256 * math.Exp(-float64(k*k)/(2*sigma*sigma)) / total))
		if weight == 0 {
			break
		}
		taps = append(taps, weight)
		taps[0] -= 2 * weight
	}
	return taps
}

// blur returns the plane under a Gaussian of sigma pixels, edges repeated, in
// s.first; it may be there already. It works on eight pixels at once: a pixel
// times its weight fits 16 bits, and so does the sum, as the weights make 256.
func (s *scratch) blur(from plane, sigma float64) plane {
	s.taps = kernel(s.taps, sigma)
	radius := len(s.taps) - 1
	if radius == 0 {
		return from
	}
	if n := stride(from.width) + 2*radius + 8; len(s.line) < n {
		s.line = make([]uint8, n)
	}
	middle, out := s.plane(s.second, from), s.plane(s.first, from)
	for y := range from.height {
		s.extend(from.row(y), radius)
		target := middle.pixels[y*middle.stride:][:middle.stride]
		for x := 0; x < len(target); x += 8 {
			word := weigh(s.taps, s.line[x+radius:], s.line[x:], radius)
			binary.LittleEndian.PutUint64(target[x:], word)
		}
	}
	for y := range from.height {
		middle.blurColumn(out.pixels[y*out.stride:][:out.stride], y, s.taps)
	}
	return out
}

// extend copies a row to the line, with its ends repeated on either side.
func (s *scratch) extend(row []uint8, radius int) {
	for i := range radius {
		s.line[i] = row[0]
	}
	copy(s.line[radius:], row)
	rest := s.line[radius+len(row):]
	for i := range rest {
		rest[i] = row[len(row)-1]
	}
}

// weigh sums eight neighbouring pixels: centre is where they lie, line the same
// place radius earlier.
func weigh(taps []int, centre, line []uint8, radius int) uint64 {
	word, weight := binary.LittleEndian.Uint64(centre), uint64(taps[0])
	even, odd := (word&lanes)*weight+halfOne, (word>>8&lanes)*weight+halfOne
	for k, tap := range taps[1:] {
		before := binary.LittleEndian.Uint64(line[radius-k-1:])
		after := binary.LittleEndian.Uint64(line[radius+k+1:])
		even += (before&lanes + after&lanes) * uint64(tap)
		odd += (before>>8&lanes + after>>8&lanes) * uint64(tap)
	}
	return even>>8&lanes | odd&^lanes
}

// blurColumn writes row y of the plane blurred along the height.
func (p plane) blurColumn(target []uint8, y int, taps []int) {
	centre := p.pixels[y*p.stride:][:p.stride]
	for x := 0; x < len(target); x += 8 {
		word, weight := binary.LittleEndian.Uint64(centre[x:]), uint64(taps[0])
		even, odd := (word&lanes)*weight+halfOne, (word>>8&lanes)*weight+halfOne
		for k, tap := range taps[1:] {
			above, below := max(y-k-1, 0)*p.stride+x, min(y+k+1, p.height-1)*p.stride+x
			before := binary.LittleEndian.Uint64(p.pixels[above:])
			after := binary.LittleEndian.Uint64(p.pixels[below:])
			even += (before&lanes + after&lanes) * uint64(tap)
			odd += (before>>8&lanes + after>>8&lanes) * uint64(tap)
		}
		binary.LittleEndian.PutUint64(target[x:], even>>8&lanes|odd&^lanes)
	}
}
