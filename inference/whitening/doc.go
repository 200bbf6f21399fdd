// Package whitening makes the pixels of a model's input independent of each
// other: ZCA whitening, fitted on a training part and stored in the model, so that
// inference does what training did. It is the last step before the network, on
// the float input (C,H,W).
//
// # Formula
//
// With the mean image m and the covariance's eigenvectors u and variances s,
//
//	W = c·I + Σ ((s+ε)^-1/2 - c)·u·uᵀ over the K strongest,  out = W·(x - m)
//	c = (r+ε)^-1/2, where r is the mean variance in all directions left
//
// With all components this is U·diag((s+ε)^-1/2)·Uᵀ, Keras' formula (its releases
// before 3 add ε to the variance, as here; later ones to the deviation). With K of
// them, directions that are not kept are taken to have one variance r, as in
// probabilistic principal components (Tipping, Bishop 1999), instead of none:
// Keras' own limit, c = ε^-1/2, would raise everything that was not kept, the
// sensor's noise above all, a thousandfold.
//
// # What it costs
//
// The dense matrix of a 300×300 input has 90,000² entries: 32 GB. Two reductions
// make it affordable. Only K components are kept, 64 where nothing else is said.
// And each is described by its values on a grid of at most 48 nodes a side, linear
// in between: the strongest components of aligned pictures are smooth over far more
// than the six pixels between two nodes. Nothing is approximated beyond that: the
// eigenproblem is solved in the space those grids span, in an orthonormal basis of
// it (the Gram matrix of linear interpolation is a Kronecker product of two small
// ones), so that variances and components are exact there. Inputs of up to 48
// pixels a side have a node a pixel.
//
// For one channel of 300×300 and K = 64 the model grows by 0.95 MB (mean 360 kB,
// components 590 kB), and an input takes four passes over the pixels and 295
// thousand multiply-adds. Fitting reads at most 1,024 samples, once, keeps 9.4 MB
// of them, and finds the components by subspace iteration (Halko, Martinsson, Tropp
// 2011) with a seeded start: seconds.
package whitening
