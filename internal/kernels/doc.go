// Package kernels is the arithmetic of the networks: convolutions, batch norms,
// activations and pools, forward and backward, behind a small Go face: on kernels
// of its own for the blocks of the paper's custom network, on oneDNN for others.
//
// # Basics
//
// An [Executor] owns one goroutine that is locked to its OS thread; everything
// that touches oneDNN runs there, inside [Executor.Do], and receives a [Thread]
// as proof. A [Tensor] holds N×C×H×W float32 values in whatever layout the
// primitives prefer. A [Block] is one stretch of a network, in this order and
// each part optional: convolution, batch norm, activation, pool. It reads the
// tensor it was made with, owns its output, and in training the gradient of its
// input too. A [Head] turns the last one-channel map into probabilities, loss
// and gradient.
//
// The values between two blocks keep the layout in which the first wrote them, so
// that nothing is rearranged at a border. [Tensor.Write] and [Tensor.Read]
// translate from and to plain NCHW.
//
// # Fused kernels
//
// Layer by layer, a small network spends its time moving maps through memory.
// The fused kernels do what can be done with a few rows while these are in the
// cache, keep of a pool only what won and which of the window it was, and
// multiply 3×3 convolutions by Winograd's F(4×4, 3×3), the first one, of a single
// channel, by F(2, 3). They are written once over
// a vector's width (*.inc.hpp) and compiled for AVX-512, AVX2 and as portable code
// (fused_*.cpp); see [Variants] and [Instructions]. fused_match.cpp says which
// blocks they fit. Channels come last in their tensors.
//
// The first two training blocks run as one, a few rows at a time, inside the
// second's Forward and Backward. The gradient between them is used up as it
// arises: reading it is an error.
//
// # Caveats
//
//   - The memory is C's. Executor.Close frees what is left; Close a Block, Tensor
//     or Head earlier to have its memory back earlier.
//   - The same inputs with the same number of threads on the same processor give
//     the same bits. Fused blocks give them with any number of threads; oneDNN's
//     need not, and another variant gives other roundings.
//   - A Block that has a batch norm and trains uses the statistics of the batch it
//     is given. Running statistics are the caller's: see Block.Statistics.
//   - The C++ side throws; every call catches and returns a Go error.
package kernels
