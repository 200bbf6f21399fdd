// Package onnxpb holds the Go types of the ONNX protobuf messages that Assay
// reads and writes, generated from onnx.proto.
package onnxpb

//go:generate protoc --proto_path=../../.. --go_out=../../.. --go_opt=paths=source_relative inference/onnx/onnxpb/onnx.proto
