package kernels

// NewLike returns a tensor of the same shape and layout.
func NewLike(t *Thread, x *Tensor) (*Tensor, error) { return x.newLike(t) }

// Reorders is how often Forward rearranges the block's input.
func Reorders(b *Block) int { return b.reorders() }

// Fused tells whether the block runs on fused kernels.
func Fused(b *Block) bool { return b.fused() }
