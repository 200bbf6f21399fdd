// Package onnx reads, checks and writes models as ONNX files.
//
// # Basics
//
// Encode turns a network, its weights and its card into the bytes of an ONNX
// file; Decode turns such bytes back into a Model; ReadFile does so for a file.
// The file holds the graph as it was trained, batch norms unfolded, so that
// anybody's ONNX reader runs it and can recount its parameters. The card travels
// in the metadata under "assay.card", the extras under "assay.familiarity" and
// "assay.whitening" in base64.
//
// Decode also reads files from elsewhere whose graph is a chain of the layers in
// inference/architecture, as PyTorch and Keras (through tf2onnx) export it.
//
// # Caveats
//
// Decode proves that a file is well formed, not that the model is any good.
// Code that hands the model to a C++ library should still try it in a child
// process first, and should hand over bytes encoded anew from the decoded
// model, never the bytes that came from outside.
//
// A network from outside must end in the sigmoid of one value, the probability
// of a defect. Files with two class scores, with a batch norm over one pixel or
// with weights in 16 bits are refused.
package onnx
