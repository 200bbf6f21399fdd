package gorgonia

import (
	"fmt"

	"assay/internal/kernels"

	"github.com/chewxy/hm"
	g "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// blob is a value that Gorgonia hands from op to op without looking inside: a
// tensor of the kernels, in their layout and their memory.
type blob struct{ *kernels.Tensor }

func (b blob) dims() tensor.Shape {
	s := b.Tensor.Shape()
	return tensor.Shape{s.N, s.C, s.H, s.W}
}

// Shape returns N, C, H, W.
func (b blob) Shape() tensor.Shape { return b.dims() }

// Size returns the number of values.
func (b blob) Size() int { return b.Tensor.Shape().Size() }

// Data returns nil: the values are not Go's to read.
func (b blob) Data() interface{} { return nil }

// Dtype returns float32.
func (b blob) Dtype() tensor.Dtype { return tensor.Float32 }

// Type returns the type that the graph's nodes have.
func (b blob) Type() hm.Type { return tensorType(4) }

// Uintptr returns 0: there is no memory that Gorgonia may touch.
func (b blob) Uintptr() uintptr { return 0 }

// MemSize returns the size in bytes.
func (b blob) MemSize() uintptr { return uintptr(b.Bytes()) }

// Format prints the shape.
func (b blob) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "blob %v", b.Tensor.Shape()) }

func tensorType(dims int) hm.Type { return g.TensorType{Dims: dims, Of: tensor.Float32} }
