// Package reference computes what kernels computes, in plain Go and float64,
// straight from the definitions: the test oracle, slow and meant to be read.
//
// It has forward only. Gradients are checked against finite differences of it,
// which float64 makes sharp.
package reference

import (
	"math"

	"assay/internal/kernels"
)

// Array is N×C×H×W values in plain order.
type Array struct {
	Shape  kernels.Shape
	Values []float64
}

// New returns an array of zeros.
func New(s kernels.Shape) Array { return Array{s, make([]float64, s.Size())} }

// From returns an array of float32 values.
func From(s kernels.Shape, values []float32) Array {
	a := New(s)
	for i, v := range values {
		a.Values[i] = float64(v)
	}
	return a
}

// At returns one value; outside the map it is absent (zero and false).
func (a Array) At(n, c, y, x int) (float64, bool) {
	s := a.Shape
	if y < 0 || y >= s.H || x < 0 || x >= s.W {
		return 0, false
	}
	return a.Values[((n*s.C+c)*s.H+y)*s.W+x], true
}

// each calls f for each position and stores what it returns.
func (a Array) each(f func(n, c, y, x int) float64) Array {
	i := 0
	s := a.Shape
	for n := range s.N {
		for c := range s.C {
			for y := range s.H {
				for x := range s.W {
					a.Values[i] = f(n, c, y, x)
					i++
				}
			}
		}
	}
	return a
}

// Parameters are a block's weights; the slices are as in kernels.Parameters.
type Parameters struct {
	Weight, Bias, Scale, Shift, Mean, Variance []float64
}

// Block computes one block. A training batch norm uses the batch's statistics.
func Block(s kernels.Spec, x Array, p Parameters) (Array, error) {
	out, err := s.Output(x.Shape)
	if err != nil {
		return Array{}, err
	}
	if s.Conv != nil {
		x = Conv(*s.Conv, x, p.Weight, p.Bias)
	}
	if s.Norm {
		mean, variance := p.Mean, p.Variance
		if s.Training {
			mean, variance = Statistics(x)
		}
		x = Norm(x, p.Scale, p.Shift, mean, variance, float64(s.Epsilon))
	}
	x = Activate(s.Activation, x)
	switch s.Pool.Kind {
	case kernels.MaxPool:
		x = MaxPool(s.Pool, x, out)
	case kernels.GlobalAverage:
		x = GlobalAverage(x)
	}
	return x, nil
}

// Conv slides the kernels over x; what lies outside counts as zero. bias may be nil.
func Conv(c kernels.Conv, x Array, weight, bias []float64) Array {
	groups := max(c.Groups, 1)
	inputs, outputs := x.Shape.C/groups, c.Outputs/groups
	out, _ := kernels.Spec{Conv: &c}.Output(x.Shape)
	return New(out).each(func(n, o, y, xx int) float64 {
		sum := 0.0
		if bias != nil {
			sum = bias[o]
		}
		first := o / outputs * inputs
		for i := range inputs {
			for ky := range c.Kernel {
				for kx := range c.Kernel {
					v, _ := x.At(n, first+i, y*c.Stride-c.Pads[0]+ky, xx*c.Stride-c.Pads[1]+kx)
					sum += v * weight[((o*inputs+i)*c.Kernel+ky)*c.Kernel+kx]
				}
			}
		}
		return sum
	})
}

// Statistics returns each channel's mean and biased variance over the batch.
func Statistics(x Array) (mean, variance []float64) {
	s := x.Shape
	mean, variance = make([]float64, s.C), make([]float64, s.C)
	count := float64(s.N * s.H * s.W)
	over := func(f func(c int, v float64)) {
		New(s).each(func(n, c, y, xx int) float64 {
			v, _ := x.At(n, c, y, xx)
			f(c, v)
			return 0
		})
	}
	over(func(c int, v float64) { mean[c] += v / count })
	over(func(c int, v float64) { variance[c] += (v - mean[c]) * (v - mean[c]) / count })
	return mean, variance
}

// Norm is a batch norm with given statistics.
func Norm(x Array, scale, shift, mean, variance []float64, epsilon float64) Array {
	return New(x.Shape).each(func(n, c, y, xx int) float64 {
		v, _ := x.At(n, c, y, xx)
		return (v-mean[c])/math.Sqrt(variance[c]+epsilon)*scale[c] + shift[c]
	})
}

// Activate applies an activation to each value.
func Activate(a kernels.Activation, x Array) Array {
	if a == kernels.NoActivation {
		return x
	}
	return New(x.Shape).each(func(n, c, y, xx int) float64 {
		v, _ := x.At(n, c, y, xx)
		if a == kernels.ReLU {
			return max(v, 0)
		}
		return 1 / (1 + math.Exp(-v))
	})
}

// MaxPool takes the largest value of each window, padding left out.
func MaxPool(p kernels.Pool, x Array, out kernels.Shape) Array {
	return New(out).each(func(n, c, y, xx int) float64 {
		best := math.Inf(-1)
		for ky := range p.Kernel {
			for kx := range p.Kernel {
				if v, inside := x.At(n, c, y*p.Stride-p.Pads[0]+ky, xx*p.Stride-p.Pads[1]+kx); inside {
					best = max(best, v)
				}
			}
		}
		return best
	})
}

// GlobalAverage takes the mean over height and width.
func GlobalAverage(x Array) Array {
	s := x.Shape
	area := s.H * s.W
	return New(kernels.Shape{N: s.N, C: s.C, H: 1, W: 1}).each(func(n, c, _, _ int) float64 {
		sum := 0.0
		for _, v := range x.Values[(n*s.C+c)*area:][:area] {
			sum += v
		}
		return sum / float64(area)
	})
}

// Head returns the probability of each image of a one-channel map, and the mean
// binary cross-entropy against labels (0 where labels is nil).
func Head(x Array, labels []float64) (scores []float64, loss float64) {
	means := GlobalAverage(x).Values
	scores = make([]float64, len(means))
	for i, z := range means {
		scores[i] = 1 / (1 + math.Exp(-z))
		if labels != nil {
			loss += (max(z, 0) - labels[i]*z + math.Log1p(math.Exp(-math.Abs(z)))) / float64(len(means))
		}
	}
	return scores, loss
}
