package kernels

// #include "kernels.h"
import "C"

// What follows looks into blocks and tensors for the tests alone: a test's file
// cannot call C.

// reorders is how often Forward rearranges its input, because the convolution
// prefers another layout than the one the input has: 0 is good.
func (b *Block) reorders() int { return int(C.kernels_block_reorders(b.handle)) }

// fused tells whether the block runs on this package's own fused kernels, not on
// oneDNN's primitives.
func (b *Block) fused() bool { return C.kernels_block_fused(b.handle) != 0 }

// newLike returns a tensor of the same shape and layout, as a gradient needs to be.
func (x *Tensor) newLike(t *Thread) (*Tensor, error) {
	var handle *C.kernels_tensor
	if err := failure(C.kernels_tensor_like(x.handle, &handle)); err != nil {
		return nil, err
	}
	return ownTensor(t, handle), nil
}
