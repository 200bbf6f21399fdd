package kernels

/*
#include "kernels.h"
*/
import "C"

import "fmt"

// Head averages a one-channel map (N,1,h,w) to one logit an image and computes
// its sigmoid, the mean binary cross-entropy and the gradient of the map. The
// loss is computed from the logit, so that it is exact for any certainty.
type Head struct {
	handle   *C.kernels_head
	input    *Tensor
	gradient *Tensor
	close    func()
}

// NewHead returns a head that reads input, which must have one channel and outlive it.
func NewHead(t *Thread, input *Tensor) (*Head, error) {
	h := &Head{input: input}
	if err := failure(C.kernels_head_new(t.context, input.handle, &h.handle)); err != nil {
		return nil, err
	}
	handle := h.handle
	h.close = t.own(func() { C.kernels_head_free(handle) })
	h.gradient = borrowTensor(C.kernels_head_input_gradient(h.handle))
	return h, nil
}

// InputGradient returns the tensor that Backward fills. The head owns it.
func (h *Head) InputGradient() *Tensor { return h.gradient }

// Forward computes the probabilities into scores (N values, or nil for none) and,
// with labels (N values from 0 to 1, or nil for none), returns the mean loss over
// the images. weights (N values, or nil for 1 each) multiply each image's share
// of loss and gradient; the mean still divides by N, as Keras has it.
func (h *Head) Forward(_ *Thread, labels, weights, scores []float32) (float64, error) {
	n := h.input.shape.N
	for _, values := range [][]float32{labels, weights, scores} {
		if values != nil && len(values) != n {
			return 0, fmt.Errorf("kernels: %d labels, %d weights and %d scores for %d images", len(labels), len(weights), len(scores), n)
		}
	}
	var loss C.double
	err := failure(C.kernels_head_forward(h.handle, floats(labels), floats(weights), floats(scores), &loss))
	return float64(loss), err
}

// Backward computes factor times the gradient of the last Forward's loss.
func (h *Head) Backward(_ *Thread, factor float32) error {
	return failure(C.kernels_head_backward(h.handle, C.float(factor)))
}

// Close frees the head.
func (h *Head) Close(_ *Thread) { h.close() }
