// Package opencv runs models on OpenCV's DNN module through gocv.
//
// New makes an engine of a decoded model; Load tries an untrusted model.
//
// A C++ exception in gocv's DNN calls ends the process: gocv does not catch it.
// New therefore gives OpenCV bytes that inference/onnx has encoded anew from a
// checked model, never bytes from outside. A model from outside is first given
// to Load in a child process, which is the one to die.
package opencv
