package kernels

/*
#include "kernels.h"
*/
import "C"

import "fmt"

// Block is one stretch of a network: see Spec. It reads the tensor it was made
// with; the tensor must outlive it. All methods belong on the executor's thread.
type Block struct {
	handle   *C.kernels_block
	spec     Spec
	input    *Tensor
	output   *Tensor
	gradient *Tensor
	close    func()
}

// NewBlock prepares the primitives and the memory of a block that reads input.
func NewBlock(t *Thread, s Spec, input *Tensor) (*Block, error) {
	if _, err := s.Output(input.shape); err != nil {
		return nil, err
	}
	c := s.toC(input.shape)
	b := &Block{spec: s, input: input}
	if err := failure(C.kernels_block_new(t.context, &c, input.handle, &b.handle)); err != nil {
		return nil, fmt.Errorf("%w: block %+v on %v", err, s, input.shape)
	}
	handle := b.handle
	b.close = t.own(func() { C.kernels_block_free(handle) })
	b.output = borrowTensor(C.kernels_block_output(b.handle))
	b.gradient = borrowTensor(C.kernels_block_input_gradient(b.handle))
	return b, nil
}

func (s Spec) toC(in Shape) C.kernels_spec {
	c := C.kernels_spec{
		has_norm: flag(s.Norm), epsilon: C.float(s.Epsilon), activation: C.int(s.Activation),
		training: flag(s.Training), input_gradient: flag(s.InputGradient),
	}
	if v := s.Conv; v != nil {
		c.has_conv, c.outputs, c.kernel, c.stride = 1, C.int(v.Outputs), C.int(v.Kernel), C.int(v.Stride)
		c.groups, c.bias, c.pads = C.int(max(v.Groups, 1)), flag(v.Bias), pads(v.Pads)
	}
	c.pool = C.int(s.Pool.Kind)
	switch s.Pool.Kind {
	case MaxPool:
		c.pool_kernel_h, c.pool_kernel_w = C.int(s.Pool.Kernel), C.int(s.Pool.Kernel)
		c.pool_stride, c.pool_pads = C.int(s.Pool.Stride), pads(s.Pool.Pads)
	case GlobalAverage:
		s.Pool = Pool{}
		before, _ := s.Output(in) // NewBlock has checked it
		c.pool_kernel_h, c.pool_kernel_w, c.pool_stride = C.int(before.H), C.int(before.W), 1
	}
	return c
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

func pads(p [4]int) [4]C.int {
	return [4]C.int{C.int(p[0]), C.int(p[1]), C.int(p[2]), C.int(p[3])}
}

// Spec returns what the block was made from.
func (b *Block) Spec() Spec { return b.spec }

// Output returns the tensor that Forward fills. The block owns it.
func (b *Block) Output() *Tensor { return b.output }

// InputGradient returns the tensor that Backward fills, nil where Spec.InputGradient
// is false. The block owns it. Between two blocks that run as one it only stands
// for the gradient: see the package's comment.
func (b *Block) InputGradient() *Tensor { return b.gradient }

// Load copies the parameters, folding a batch norm where the block does not train.
func (b *Block) Load(_ *Thread, p Parameters) error {
	if err := b.spec.check(b.input.shape.C, p); err != nil {
		return err
	}
	return failure(C.kernels_block_load(b.handle, floats(p.Weight), floats(p.Bias), floats(p.Scale), floats(p.Shift),
		floats(p.Mean), floats(p.Variance)))
}

// Forward computes the output with the parameters loaded last.
func (b *Block) Forward(_ *Thread) error { return failure(C.kernels_block_forward(b.handle)) }

// Statistics copies the mean and (biased) variance of each channel of the last
// batch, for a training block with a batch norm.
func (b *Block) Statistics(_ *Thread, mean, variance []float32) error {
	channels := b.input.shape.C
	if b.spec.Conv != nil {
		channels = b.spec.Conv.Outputs
	}
	if len(mean) != channels || len(variance) != channels {
		return fmt.Errorf("kernels: room for %d and %d statistics, want %d", len(mean), len(variance), channels)
	}
	return failure(C.kernels_block_statistics(b.handle, floats(mean), floats(variance)))
}

// Backward takes the gradient of the output, in the output's layout, and
// computes the gradients of the input (where asked for) and of the parameters.
// It must follow the Forward it belongs to, and may change gradient.
func (b *Block) Backward(_ *Thread, gradient *Tensor) error {
	return failure(C.kernels_block_backward(b.handle, gradient.handle))
}

// Gradients copies out what the last Backward found.
func (b *Block) Gradients(_ *Thread, g Gradients) error {
	p := Parameters{Weight: g.Weight, Bias: g.Bias, Scale: g.Scale, Shift: g.Shift}
	if err := b.spec.check(b.input.shape.C, p); err != nil {
		return err
	}
	return failure(C.kernels_block_gradients(b.handle, floats(g.Weight), floats(g.Bias), floats(g.Scale), floats(g.Shift)))
}

// Close frees the block with its output and gradient.
func (b *Block) Close(_ *Thread) { b.close() }
