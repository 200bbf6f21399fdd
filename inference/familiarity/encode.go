package familiarity

import (
	"encoding/binary"
	"fmt"
	"math"

	"assay/inspection"
)

// The encoding: the magic, the input's channels, height and width as uint32,
// then float32 values, little-endian: limit, rest, mean, scale, deviation, basis.
const (
	magic        = "assay familiarity 1\n"
	headerBytes  = len(magic) + 3*4
	encodedBytes = headerBytes + 4*(2+2*dimension+components+components*dimension)
)

// Encode returns the description in at most 64 KB. The same description gives
// the same bytes.
func (d *Description) Encode() []byte {
	out := make([]byte, 0, encodedBytes)
	out = append(out, magic...)
	for _, v := range [3]int{d.spec.Channels, d.spec.Height, d.spec.Width} {
		out = binary.LittleEndian.AppendUint32(out, uint32(v))
	}
	for _, list := range [][]float64{{d.limit, d.rest}, d.mean, d.scale, d.deviation, d.basis} {
		for _, v := range list {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(float32(v)))
		}
	}
	return out
}

// Decode reads what Encode wrote. Anything else is refused with
// inspection.ErrBadModel and a sentence that says why.
func Decode(data []byte) (*Description, error) {
	if len(data) != encodedBytes || string(data[:len(magic)]) != magic {
		return nil, bad("it has another format")
	}
	header := data[len(magic):]
	at := func(i int) int { return int(binary.LittleEndian.Uint32(header[4*i:])) }
	d := &Description{spec: inspection.InputSpec{Channels: at(0), Height: at(1), Width: at(2)}}
	if err := checkSpec(d.spec); err != nil {
		return nil, bad(err.Error())
	}
	rest := data[headerBytes:]
	next := func(n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:])))
		}
		rest = rest[4*n:]
		return out
	}
	scalars := next(2)
	d.limit, d.rest = scalars[0], scalars[1]
	d.mean, d.scale, d.deviation, d.basis = next(dimension), next(dimension), next(components), next(components*dimension)
	if err := d.check(scalars); err != nil {
		return nil, err
	}
	return d, nil
}

func bad(reason string) error {
	return fmt.Errorf("%w: its familiarity cannot be read: %s", inspection.ErrBadModel, reason)
}

// check refuses numbers that would make distances meaningless.
func (d *Description) check(scalars []float64) error {
	for _, list := range [][]float64{scalars, d.scale, d.deviation} {
		for _, v := range list {
			if !(v > 1e-6 && v < 1e6) { // also refuses NaN
				return bad(fmt.Sprintf("a width of %v", v))
			}
		}
	}
	for _, list := range [][]float64{d.mean, d.basis} {
		for _, v := range list {
			if !(math.Abs(v) < 1e6) {
				return bad(fmt.Sprintf("a value of %v", v))
			}
		}
	}
	return nil
}

// Fits reports whether the description was made of pictures of that input's size.
func (d *Description) Fits(s inspection.InputSpec) bool {
	return d.spec.Channels == s.Channels && d.spec.Height == s.Height && d.spec.Width == s.Width
}
