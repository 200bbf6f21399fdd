package inferencetest

import (
	"fmt"
	"math"

	"assay/inference/architecture"
	"assay/inspection"
)

// Result is what Forward computes.
type Result struct {
	// Scores holds one probability an image.
	Scores []float64
	// Maps holds the activation maps (N,h,w); nil where the network has none.
	Maps []float64
}

// Forward runs count images (N,C,H,W) through the network by the definition of
// each layer, in float64: slow and plain, to compare engines with. It fails with
// inspection.ErrBadModel or inspection.ErrModelInput where the arguments do not
// fit together. It is safe for use by several goroutines.
func Forward(n *architecture.Network, w architecture.Weights, images []float32, count int) (Result, error) {
	shapes, err := n.Shapes()
	if err != nil {
		return Result{}, err
	}
	if err := n.Check(w); err != nil {
		return Result{}, err
	}
	in := shapes[architecture.InputName]
	size := in.C * in.H * in.W
	if count < 0 || len(images) != count*size {
		return Result{}, fmt.Errorf("%w: %d values for %d images of %d", inspection.ErrModelInput, len(images), count, size)
	}
	var r Result
	for i := range count {
		values := forwardOne(n, w, shapes, images[i*size:(i+1)*size])
		r.Scores = append(r.Scores, values[n.Score][0])
		r.Maps = append(r.Maps, values[n.Map]...)
	}
	return r, nil
}

// forwardOne returns the output of each layer by name, (C,H,W).
func forwardOne(n *architecture.Network, w architecture.Weights, shapes map[string]architecture.Shape, image []float32) map[string][]float64 {
	input := make([]float64, len(image))
	for i, v := range image {
		input[i] = float64(v)
	}
	values := map[string][]float64{architecture.InputName: input}
	for _, l := range n.Layers {
		from := l.Inputs[0]
		values[l.Name] = runLayer(l, w, values[from], shapes[from], shapes[l.Name])
	}
	return values
}

func runLayer(l architecture.Layer, w architecture.Weights, x []float64, in, out architecture.Shape) []float64 {
	switch l.Kind {
	case architecture.Conv:
		return convolve(l, w, x, in, out)
	case architecture.BatchNorm:
		return normalize(l, w, x, in)
	case architecture.MaxPool:
		return maxPool(l, x, in, out)
	case architecture.GlobalAveragePool:
		return average(x, in)
	case architecture.ReLU:
		return each(x, func(v float64) float64 { return math.Max(0, v) })
	case architecture.Sigmoid:
		return each(x, func(v float64) float64 { return 1 / (1 + math.Exp(-v)) })
	}
	panic("a layer kind that Shapes let through: " + string(l.Kind))
}

func each(x []float64, f func(float64) float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f(v)
	}
	return y
}

func convolve(l architecture.Layer, w architecture.Weights, x []float64, in, out architecture.Shape) []float64 {
	weight, bias := w[l.Name+".weight"], w[l.Name+".bias"]
	groups := max(l.Groups, 1)
	inputs, outputs := in.C/groups, out.C/groups
	y := make([]float64, out.C*out.H*out.W)
	for o := range out.C {
		to := y[o*out.H*out.W:][:out.H*out.W]
		if l.Bias {
			for i := range to {
				to[i] = float64(bias[o])
			}
		}
		for c := range inputs {
			from := x[(o/outputs*inputs+c)*in.H*in.W:][:in.H*in.W]
			kernel := weight[(o*inputs+c)*l.Kernel*l.Kernel:][:l.Kernel*l.Kernel]
			for k, v := range kernel {
				addTap(l, k, float64(v), from, to, in, out)
			}
		}
	}
	return y
}

// addTap adds one weight of a kernel times each pixel that it falls on; padding
// is zero and adds nothing.
func addTap(l architecture.Layer, k int, weight float64, from, to []float64, in, out architecture.Shape) {
	for row := range out.H {
		v := row*l.Stride + k/l.Kernel - l.Pads[0]
		if v < 0 || v >= in.H {
			continue
		}
		for column := range out.W {
			if u := column*l.Stride + k%l.Kernel - l.Pads[1]; u >= 0 && u < in.W {
				to[row*out.W+column] += weight * from[v*in.W+u]
			}
		}
	}
}

func normalize(l architecture.Layer, w architecture.Weights, x []float64, in architecture.Shape) []float64 {
	scale, bias := w[l.Name+".scale"], w[l.Name+".bias"]
	mean, variance := w[l.Name+".mean"], w[l.Name+".variance"]
	y := make([]float64, len(x))
	for i, v := range x {
		c := i / (in.H * in.W)
		y[i] = float64(scale[c])*(v-float64(mean[c]))/math.Sqrt(float64(variance[c])+float64(l.Epsilon)) + float64(bias[c])
	}
	return y
}

func maxPool(l architecture.Layer, x []float64, in, out architecture.Shape) []float64 {
	y := make([]float64, 0, out.C*out.H*out.W)
	for c := range out.C {
		plane := x[c*in.H*in.W:][:in.H*in.W]
		for row := range out.H {
			for column := range out.W {
				y = append(y, largest(l, plane, in, row, column))
			}
		}
	}
	return y
}

// largest returns the largest pixel under a window; padding never wins.
func largest(l architecture.Layer, plane []float64, in architecture.Shape, row, column int) float64 {
	top, left := row*l.Stride-l.Pads[0], column*l.Stride-l.Pads[1]
	m := math.Inf(-1)
	for v := max(top, 0); v < min(top+l.Kernel, in.H); v++ {
		for u := max(left, 0); u < min(left+l.Kernel, in.W); u++ {
			m = math.Max(m, plane[v*in.W+u])
		}
	}
	return m
}

func average(x []float64, in architecture.Shape) []float64 {
	y := make([]float64, in.C)
	for c := range y {
		for _, v := range x[c*in.H*in.W:][:in.H*in.W] {
			y[c] += v
		}
		y[c] /= float64(in.H * in.W)
	}
	return y
}
