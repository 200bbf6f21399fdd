// Package native runs models on this program's own kernels, the same that train
// them: batch norms are folded into the convolutions when a model is loaded, and
// what is left is convolution, activation and pool.
//
// Plan cuts a network into the blocks that internal/kernels runs; the trainer
// uses it too, so that any network it can plan can be trained and run. Chain is
// the blocks with their memory, for callers that have an executor; Engine is a
// Chain with an executor of its own, and what inference.Engine asks for.
package native
