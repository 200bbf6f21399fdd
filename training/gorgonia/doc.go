// Package gorgonia trains networks: Gorgonia builds the graph, differentiates it
// and steps the parameters with Adam; the arithmetic of each block runs on
// internal/kernels.
//
// The graph has one op for each block of the network (as inference/native cuts
// it: convolution, batch norm, activation, pool), one for the loss, and by
// symbolic differentiation one backward op for each of them. Values between
// blocks are opaque: Gorgonia passes them on, and only the kernels know their
// layout. Parameters are ordinary Gorgonia tensors.
//
// Batch norms train on the statistics of the batch. Running statistics are an
// exponential average that Recalibrate replaces by precise ones; scores are
// computed with them, by the very chain that serves the finished model.
//
// The same start, the same batches and the same number of threads on the same
// processor give the same bits.
package gorgonia
