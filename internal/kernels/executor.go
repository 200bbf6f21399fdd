package kernels

/*
#cgo CXXFLAGS: -std=c++17 -O2 -fopenmp -Wall
#cgo LDFLAGS: -ldnnl -lgomp
#include <stdlib.h>
#include "kernels.h"
*/
import "C"

import (
	"container/list"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

// ErrClosed is returned by Executor.Do after Close.
var ErrClosed = errors.New("kernels: executor closed")

// Executor runs oneDNN on one goroutine that is locked to its OS thread: oneDNN
// and OpenMP keep settings and scratch memory by thread. All methods may be
// called from any goroutine.
type Executor struct {
	threads  int
	variant  Variant
	requests chan request
	closing  chan struct{}
	finished chan struct{}
	once     sync.Once
}

type request struct {
	run  func(*Thread) error
	done chan<- error
}

// Thread is the executor's own thread. A function that takes one can only be
// called inside Executor.Do; it must not be kept beyond it.
type Thread struct {
	context *C.kernels_context
	// owned lists what to free, in order of creation.
	owned *list.List
}

// NewExecutor starts an executor that computes on that many threads; 0 means as
// many as there are processors. Close it.
func NewExecutor(threads int) (*Executor, error) {
	if threads < 0 {
		return nil, fmt.Errorf("kernels: %d threads", threads)
	}
	if threads == 0 {
		threads = runtime.NumCPU()
	}
	variant, err := chooseVariant()
	if err != nil {
		return nil, err
	}
	e := &Executor{
		threads:  threads,
		variant:  variant,
		requests: make(chan request),
		closing:  make(chan struct{}),
		finished: make(chan struct{}),
	}
	started := make(chan error)
	go e.loop(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return e, nil
}

// Threads returns the number of threads it computes on.
func (e *Executor) Threads() int { return e.threads }

// loop is the goroutine. It never unlocks its thread, so that the thread ends
// with it and OpenMP's helpers with the thread.
func (e *Executor) loop(started chan<- error) {
	runtime.LockOSThread()
	defer close(e.finished)
	t := &Thread{owned: list.New()}
	err := failure(C.kernels_context_new(C.int(e.threads), e.variant.id, &t.context))
	started <- err
	if err != nil {
		return
	}
	defer t.free()
	defer e.once.Do(func() { close(e.closing) })
	for {
		select {
		case r := <-e.requests:
			r.done <- r.run(t)
		case <-e.closing:
			return
		}
	}
}

// Do runs f on the executor's thread and returns its error. Calls wait for one
// another. f must not call Do or Close of the same executor.
func (e *Executor) Do(f func(*Thread) error) error {
	done := make(chan error, 1)
	select {
	case e.requests <- request{f, done}:
	case <-e.closing:
		return ErrClosed
	}
	select {
	case err := <-done:
		return err
	case <-e.finished: // f ended its goroutine, as a failing test does
		return ErrClosed
	}
}

// Close waits for a running Do, frees all that was made on the executor and ends
// its thread. Further calls do nothing.
func (e *Executor) Close() error {
	e.once.Do(func() { close(e.closing) })
	<-e.finished
	return nil
}

// own registers what frees an object, and returns the function to call for it:
// once, on the thread; later calls do nothing.
func (t *Thread) own(free func()) func() {
	element := t.owned.PushBack(free)
	return func() {
		if element == nil {
			return
		}
		t.owned.Remove(element)
		element = nil
		free()
	}
}

// free releases what is left, the newest first, for blocks refer to the tensors
// of earlier ones.
func (t *Thread) free() {
	for e := t.owned.Back(); e != nil; e = t.owned.Back() {
		t.owned.Remove(e)
		e.Value.(func())()
	}
	C.kernels_context_free(t.context)
}

// failure turns a C message into an error and frees it.
func failure(message *C.char) error {
	if message == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(message))
	return fmt.Errorf("kernels: %s", C.GoString(message))
}

// Version says which oneDNN is linked and which instruction set it chose here.
type Version struct {
	Major, Minor, Patch int
	InstructionSet      string
}

// OneDNN returns the version of the library and its choice of instruction set.
func OneDNN() Version {
	var major, minor, patch C.int
	var isa *C.char
	C.kernels_version(&major, &minor, &patch, &isa)
	return Version{int(major), int(minor), int(patch), C.GoString(isa)}
}

// String returns "oneDNN 2.6.3 (AVX-512)".
func (v Version) String() string {
	return fmt.Sprintf("oneDNN %d.%d.%d (%s)", v.Major, v.Minor, v.Patch, v.InstructionSet)
}
