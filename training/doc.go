// Package training trains and evaluates networks: it is all of `assay train`
// and `assay evaluate` but the command line.
//
// Run reads a data set, splits it, trains a Backend in a Loop and returns the
// best model as an ONNX file with its card. Evaluate measures a model on a data
// set. The network's arithmetic is behind the Backend interface, which
// training/gorgonia implements; this package decides what is fed to it, at which
// learning rate, when to stop and which epoch is kept.
//
// The same request on the same data and machine gives the same file, bit for
// bit, also when it was interrupted and resumed from its checkpoint.
package training
