// Package kernels is the arithmetic of the networks: convolutions, batch norms,
// activations and pools on oneDNN, forward and backward, behind a small Go face.
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
// # Caveats
//
//   - The memory is C's. Executor.Close frees what is left; Close a Block, Tensor
//     or Head earlier to have its memory back earlier.
//   - The same inputs with the same number of threads on the same processor give
//     the same bits; another number of threads need not.
//   - A Block that has a batch norm and trains uses the statistics of the batch it
//     is given. Running statistics are the caller's: see Block.Statistics.
//   - The C++ side throws; every call catches and returns a Go error.
package kernels
