// Package rawstep is the peer that the trainer's speed is measured against: the
// same network's forward and backward pass written straight on oneDNN, one
// memory a tensor, as its examples do. It has no loss, no solver and no running
// statistics, and its weights are arbitrary: it is good for timing only.
package rawstep

/*
#cgo CXXFLAGS: -std=c++17 -O2 -fopenmp -Wall
#cgo LDFLAGS: -ldnnl -lgomp
#include <stdlib.h>
#include "rawstep.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"time"
	"unsafe"

	"assay/internal/kernels"
)

// Stepper is a network ready to be timed. It serves one caller at a time and
// holds C memory and a thread of its own until Close.
type Stepper struct {
	requests chan struct{}
	results  chan result
	finished chan struct{}
}

type result struct {
	took time.Duration
	err  error
}

// New prepares a network of blocks that each have a convolution; a batch norm,
// ReLU and max pool may follow.
func New(blocks []kernels.Spec, in kernels.Shape, threads int) (*Stepper, error) {
	layers := make([]C.rawstep_layer, len(blocks))
	shape, err := in, error(nil)
	for i, b := range blocks {
		if b.Conv == nil || b.Activation == kernels.Sigmoid || b.Pool.Kind == kernels.GlobalAverage {
			return nil, fmt.Errorf("rawstep: block %d is not convolution, norm, ReLU and max pool", i+1)
		}
		layers[i] = toC(b)
		if shape, err = b.Output(shape); err != nil {
			return nil, fmt.Errorf("rawstep: %w", err)
		}
	}
	if len(layers) == 0 {
		return nil, errors.New("rawstep: no blocks")
	}
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	s := &Stepper{requests: make(chan struct{}), results: make(chan result), finished: make(chan struct{})}
	started := make(chan error)
	go s.loop(layers, in, threads, started)
	if err := <-started; err != nil {
		return nil, err
	}
	return s, nil
}

func toC(b kernels.Spec) C.rawstep_layer {
	c := b.Conv
	l := C.rawstep_layer{outputs: C.int(c.Outputs), kernel: C.int(c.Kernel), stride: C.int(c.Stride), groups: C.int(max(c.Groups, 1)),
		epsilon: C.float(b.Epsilon), pool_kernel: C.int(b.Pool.Kernel), pool_stride: C.int(b.Pool.Stride)}
	for i := range 4 {
		l.pads[i], l.pool_pads[i] = C.int(c.Pads[i]), C.int(b.Pool.Pads[i])
	}
	if c.Bias {
		l.bias = 1
	}
	if b.Norm {
		l.norm = 1
	}
	if b.Activation == kernels.ReLU {
		l.relu = 1
	}
	return l
}

// loop owns the thread on which oneDNN lives.
func (s *Stepper) loop(layers []C.rawstep_layer, in kernels.Shape, threads int, started chan<- error) {
	runtime.LockOSThread() // never unlocked: the thread and its OpenMP helpers end with the goroutine
	defer close(s.finished)
	input := [4]C.int{C.int(in.N), C.int(in.C), C.int(in.H), C.int(in.W)}
	var raw *C.rawstep
	err := failure(C.rawstep_new(&layers[0], C.int(len(layers)), &input[0], C.int(threads), &raw))
	started <- err
	if err != nil {
		return
	}
	defer C.rawstep_free(raw)
	for range s.requests {
		start := time.Now()
		err := failure(C.rawstep_run(raw))
		s.results <- result{time.Since(start), err}
	}
}

// Step runs one step and returns how long it took.
func (s *Stepper) Step() (time.Duration, error) {
	s.requests <- struct{}{}
	r := <-s.results
	return r.took, r.err
}

// Close frees the memory and ends the thread. Call it once, and Step no more.
func (s *Stepper) Close() error {
	close(s.requests)
	<-s.finished
	return nil
}

func failure(message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(message))
	return fmt.Errorf("rawstep: %s", C.GoString(message))
}
