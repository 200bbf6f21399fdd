package kernels

import "fmt"

// Activation is what a block applies to each value.
type Activation int

// The activations.
const (
	NoActivation Activation = iota
	// ReLU is max(0, x).
	ReLU
	// Sigmoid is 1/(1+exp(-x)).
	Sigmoid
)

// PoolKind is how a block thins out its map.
type PoolKind int

// The pools.
const (
	NoPool PoolKind = iota
	// MaxPool takes the largest value of each window; padding never wins.
	MaxPool
	// GlobalAverage takes the mean over height and width.
	GlobalAverage
)

// Conv describes a square convolution. Pads are zero rows and columns at top,
// left, bottom and right.
type Conv struct {
	Outputs, Kernel, Stride, Groups int
	Pads                            [4]int
	Bias                            bool
}

// Pool describes a pool; Kernel, Stride and Pads are for MaxPool only.
type Pool struct {
	Kind           PoolKind
	Kernel, Stride int
	Pads           [4]int
}

// Spec describes a block: its parts in the order in which they apply.
type Spec struct {
	// Conv is nil where the block has no convolution.
	Conv *Conv
	// Norm says whether a batch norm follows; Epsilon is added to its variance.
	Norm       bool
	Epsilon    float32
	Activation Activation
	Pool       Pool
	// Training chooses batch statistics and a block that can run backward. Without it the batch norm uses running
	// statistics, folded into the convolution.
	Training bool
	// InputGradient says whether backward also computes the gradient of the input.
	InputGradient bool
}

// Output returns the shape of the block's output for an input of that shape, or
// an error where a window does not fit.
func (s Spec) Output(in Shape) (Shape, error) {
	out := in
	if c := s.Conv; c != nil {
		groups := max(c.Groups, 1)
		if c.Outputs <= 0 || in.C%groups != 0 || c.Outputs%groups != 0 {
			return Shape{}, fmt.Errorf("kernels: %d channels to %d in %d groups", in.C, c.Outputs, groups)
		}
		var err error
		if out, err = slide(in, c.Kernel, c.Stride, c.Pads); err != nil {
			return Shape{}, err
		}
		out.C = c.Outputs
	}
	switch s.Pool.Kind {
	case MaxPool:
		return slide(out, s.Pool.Kernel, s.Pool.Stride, s.Pool.Pads)
	case GlobalAverage:
		out.H, out.W = 1, 1
	}
	return out, nil
}

func slide(in Shape, kernel, stride int, pads [4]int) (Shape, error) {
	h, w := in.H+pads[0]+pads[2]-kernel, in.W+pads[1]+pads[3]-kernel
	if kernel <= 0 || stride <= 0 || h < 0 || w < 0 {
		return Shape{}, fmt.Errorf("kernels: window %d, stride %d, pads %v on %d×%d", kernel, stride, pads, in.H, in.W)
	}
	return Shape{in.N, in.C, h/stride + 1, w/stride + 1}, nil
}

// Parameters are a block's weights in ONNX order: Weight (outputs,
// inputs/groups, kernel, kernel), Bias (outputs), Scale, Shift, Mean and Variance
// (channels). What the block does not have is nil; training reads no Mean and
// Variance.
type Parameters struct {
	Weight, Bias, Scale, Shift, Mean, Variance []float32
}

// Gradients receive the gradients of the trainable parameters, in the same shapes.
type Gradients struct {
	Weight, Bias, Scale, Shift []float32
}

// check returns an error where a slice has the wrong length for an input of that many channels.
func (s Spec) check(channels int, p Parameters) error {
	var weight, bias, norm int
	if c := s.Conv; c != nil {
		weight = c.Outputs * (channels / max(c.Groups, 1)) * c.Kernel * c.Kernel
		if c.Bias {
			bias = c.Outputs
		}
		channels = c.Outputs
	}
	if s.Norm {
		norm = channels
	}
	running := norm
	if s.Training {
		running, p.Mean, p.Variance = 0, nil, nil
	}
	for _, a := range []struct {
		name      string
		got, want int
	}{
		{"weight", len(p.Weight), weight}, {"bias", len(p.Bias), bias}, {"scale", len(p.Scale), norm},
		{"shift", len(p.Shift), norm}, {"mean", len(p.Mean), running}, {"variance", len(p.Variance), running},
	} {
		if a.got != a.want {
			return fmt.Errorf("kernels: %d values of %s, want %d", a.got, a.name, a.want)
		}
	}
	return nil
}
