package whitening

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"assay/inspection"
)

// The format, little-endian: magic, version, six sizes (Channels, Height, Width,
// the grid's Height and Width, components) as uint32; epsilon and residual as
// float64; the variances as float64; mean and basis as float32; the CRC-32C of all
// before it.
const (
	magic      = "assay.zca"
	version    = 1
	headerSize = len(magic) + 1 + 6*4 + 2*8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode returns the whitening as bytes that Decode reads; the same one always
// gives the same bytes.
func (w *Whitening) Encode() []byte {
	out := make([]byte, 0, encodedSize(w.shape, w.grid, len(w.variances)))
	out = append(append(out, magic...), version)
	for _, n := range []int{w.shape.Channels, w.shape.Height, w.shape.Width, w.grid.Height, w.grid.Width, len(w.variances)} {
		out = binary.LittleEndian.AppendUint32(out, uint32(n))
	}
	for _, v := range append([]float64{w.epsilon, w.residual}, w.variances...) {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
	}
	for _, values := range [][]float32{w.mean, w.basis} {
		for _, v := range values {
			out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
		}
	}
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, castagnoli))
}

func encodedSize(shape, grid Shape, components int) int {
	return headerSize + 8*components + 4*(shape.Size()+components*grid.Size()) + 4
}

// Decode reads what Encode wrote. It fails with inspection.ErrDamaged for anything
// else and with inspection.ErrNewerVersion for a version it does not know. It
// allocates no more than a small multiple of what data holds.
func Decode(data []byte) (*Whitening, error) {
	if !bytes.HasPrefix(data, []byte(magic)) || len(data) < headerSize+4 {
		return nil, fmt.Errorf("%w: no whitening", inspection.ErrDamaged)
	}
	if found := data[len(magic)]; found != version {
		return nil, fmt.Errorf("%w: whitening of version %d, known is %d", inspection.ErrNewerVersion, found, version)
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, fmt.Errorf("%w: whitening: its checksum does not match", inspection.ErrDamaged)
	}
	r := reader{body[len(magic)+1:]}
	w := &Whitening{shape: Shape{r.whole(), r.whole(), r.whole()}}
	w.grid = Shape{w.shape.Channels, r.whole(), r.whole()}
	components := r.whole()
	if !sizesFit(w.shape, w.grid, components) || encodedSize(w.shape, w.grid, components) != len(data) {
		return nil, fmt.Errorf("%w: whitening: its sizes do not fit", inspection.ErrDamaged)
	}
	w.epsilon, w.residual = r.double(), r.double()
	w.variances = make([]float64, components)
	for i := range w.variances {
		w.variances[i] = r.double()
	}
	w.mean, w.basis = r.singles(w.shape.Size()), r.singles(components*w.grid.Size())
	if !w.finite() {
		return nil, fmt.Errorf("%w: whitening: values that are no numbers", inspection.ErrDamaged)
	}
	w.complete()
	return w, nil
}

func sizesFit(shape, grid Shape, components int) bool {
	within := func(n, most int) bool { return n >= 1 && n <= most }
	return within(shape.Channels, maxChannels) && within(shape.Height, maxSide) && within(shape.Width, maxSide) &&
		within(grid.Height, min(shape.Height, maxGrid)) && within(grid.Width, min(shape.Width, maxGrid)) &&
		within(components, min(maxComponents, grid.Size()))
}

// finite reports whether all numbers can be computed with.
func (w *Whitening) finite() bool {
	if !(w.epsilon > 0) || math.IsInf(w.epsilon, 0) {
		return false
	}
	for _, v := range append([]float64{w.residual}, w.variances...) {
		if !(v >= 0) || math.IsInf(v, 0) {
			return false
		}
	}
	for _, values := range [][]float32{w.mean, w.basis} {
		for _, v := range values {
			if v-v != 0 { // NaN and infinities
				return false
			}
		}
	}
	return true
}

// reader takes numbers off bytes that are known to hold them.
type reader struct{ rest []byte }

func (r *reader) whole() int {
	v := binary.LittleEndian.Uint32(r.rest)
	r.rest = r.rest[4:]
	return int(v)
}

func (r *reader) double() float64 {
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.rest))
	r.rest = r.rest[8:]
	return v
}

func (r *reader) singles(n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(r.rest[4*i:]))
	}
	r.rest = r.rest[4*n:]
	return out
}
