package kernels

/*
#include "kernels.h"
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Shape is a batch's dimensions: images, channels, height, width.
type Shape struct{ N, C, H, W int }

// Size returns the number of values.
func (s Shape) Size() int { return s.N * s.C * s.H * s.W }

// String returns "32×1×300×300".
func (s Shape) String() string { return fmt.Sprintf("%d×%d×%d×%d", s.N, s.C, s.H, s.W) }

// Tensor holds values of one Shape in an unspecified layout, in C memory.
type Tensor struct {
	handle *C.kernels_tensor
	shape  Shape
	close  func()
}

// NewTensor returns a tensor in plain NCHW, yet to be written: what a network's input is.
func NewTensor(t *Thread, s Shape) (*Tensor, error) {
	if s.N <= 0 || s.C <= 0 || s.H <= 0 || s.W <= 0 {
		return nil, fmt.Errorf("kernels: tensor of %v", s)
	}
	dims := [4]C.int{C.int(s.N), C.int(s.C), C.int(s.H), C.int(s.W)}
	var handle *C.kernels_tensor
	if err := failure(C.kernels_tensor_new(t.context, &dims[0], &handle)); err != nil {
		return nil, err
	}
	return ownTensor(t, handle), nil
}

func ownTensor(t *Thread, handle *C.kernels_tensor) *Tensor {
	x := borrowTensor(handle)
	x.close = t.own(func() { C.kernels_tensor_free(handle) })
	return x
}

// borrowTensor wraps a tensor that belongs to a block or head; nil gives nil.
func borrowTensor(handle *C.kernels_tensor) *Tensor {
	if handle == nil {
		return nil
	}
	var d [4]C.int
	C.kernels_tensor_dims(handle, &d[0])
	return &Tensor{handle: handle, shape: Shape{int(d[0]), int(d[1]), int(d[2]), int(d[3])}, close: func() {}}
}

// Shape returns the dimensions.
func (x *Tensor) Shape() Shape { return x.shape }

// Bytes returns the size of its memory, padding included.
func (x *Tensor) Bytes() int { return int(C.kernels_tensor_bytes(x.handle)) }

// Write fills the tensor from plain NCHW values, of which there must be Shape().Size().
func (x *Tensor) Write(_ *Thread, values []float32) error {
	if len(values) != x.shape.Size() {
		return fmt.Errorf("kernels: %d values for a tensor of %v", len(values), x.shape)
	}
	return failure(C.kernels_tensor_write(x.handle, floats(values)))
}

// Read copies the values out as plain NCHW into values, which must hold Shape().Size().
func (x *Tensor) Read(_ *Thread, values []float32) error {
	if len(values) != x.shape.Size() {
		return fmt.Errorf("kernels: room for %d values of a tensor of %v", len(values), x.shape)
	}
	return failure(C.kernels_tensor_read(x.handle, floats(values)))
}

// Close frees the memory, unless a block or head owns it.
func (x *Tensor) Close(_ *Thread) { x.close() }

// floats returns a slice's memory for C, nil where it is empty.
func floats(values []float32) *C.float {
	return (*C.float)(unsafe.Pointer(unsafe.SliceData(values)))
}
