package native

import (
	"fmt"

	"assay/inference/architecture"
	"assay/inspection"
	"assay/internal/kernels"
)

// Part is one block of a network: what to compute, and the names of the layers
// whose parameters it takes.
type Part struct {
	// Spec is the block; Training and InputGradient are left false.
	Spec kernels.Spec
	// Conv and Norm name the layers; empty where the block has none.
	Conv, Norm string
	// Last names the layer whose output the block's output is.
	Last string
}

// Parameters returns the block's share of the weights, the slices themselves.
// What it does not have is nil.
func (p Part) Parameters(w architecture.Weights) kernels.Parameters {
	var k kernels.Parameters
	if p.Conv != "" {
		k.Weight = w[p.Conv+".weight"]
		if p.Spec.Conv.Bias {
			k.Bias = w[p.Conv+".bias"]
		}
	}
	if p.Norm != "" {
		k.Scale, k.Shift = w[p.Norm+".scale"], w[p.Norm+".bias"]
		k.Mean, k.Variance = w[p.Norm+".mean"], w[p.Norm+".variance"]
	}
	return k
}

// Plan cuts a network into blocks. What follows the last block is the head: the
// mean of its one-channel map, and a sigmoid. The network must be a chain that
// ends in the sigmoid of one value; others are refused with
// inspection.ErrBadModel.
func Plan(n *architecture.Network) ([]Part, error) {
	shapes, err := n.Shapes()
	if err != nil {
		return nil, err
	}
	layers, err := body(n, shapes)
	if err != nil {
		return nil, err
	}
	var parts []Part
	for len(layers) > 0 {
		p, used := take(layers, n.Map)
		parts, layers = append(parts, p), layers[used:]
	}
	return parts, nil
}

// body returns the layers before the head.
func body(n *architecture.Network, shapes map[string]architecture.Shape) ([]architecture.Layer, error) {
	last := architecture.InputName
	for _, l := range n.Layers {
		if l.Inputs[0] != last {
			return nil, fmt.Errorf("%w: layer %q reads %q, not the layer before it: only chains can run", inspection.ErrBadModel, l.Name, l.Inputs[0])
		}
		last = l.Name
	}
	end := len(n.Layers) - 1
	if end < 0 || n.Score != last || n.Layers[end].Kind != architecture.Sigmoid {
		return nil, fmt.Errorf("%w: the score %q is not the sigmoid that the network ends in", inspection.ErrBadModel, n.Score)
	}
	if n.Map == n.Score || n.Map == architecture.InputName {
		return nil, fmt.Errorf("%w: the map %q is no layer before the score", inspection.ErrBadModel, n.Map)
	}
	if end > 0 && n.Layers[end-1].Kind == architecture.GlobalAveragePool && n.Map != n.Layers[end-1].Name &&
		shapes[n.Layers[end-1].Inputs[0]].C == 1 {
		end--
	}
	if end == 0 {
		return nil, fmt.Errorf("%w: nothing comes before the score", inspection.ErrBadModel)
	}
	return n.Layers[:end], nil
}

// take makes a block of as many layers as fit: a convolution, a batch norm, an
// activation and a pool, each optional, in this order. The block ends with the
// map, so that the map can be read.
func take(layers []architecture.Layer, border string) (Part, int) {
	var p Part
	stage := 0
	for i, l := range layers {
		s := stageOf(l.Kind)
		if s < stage || (i > 0 && layers[i-1].Name == border) {
			return p, i
		}
		p.add(l)
		p.Last = l.Name
		stage = s + 1
	}
	return p, len(layers)
}

// stageOf returns the place of a layer in a block.
func stageOf(k architecture.Kind) int {
	switch k {
	case architecture.Conv:
		return 0
	case architecture.BatchNorm:
		return 1
	case architecture.ReLU, architecture.Sigmoid:
		return 2
	default: // the pools
		return 3
	}
}

func (p *Part) add(l architecture.Layer) {
	switch l.Kind {
	case architecture.Conv:
		p.Conv = l.Name
		p.Spec.Conv = &kernels.Conv{Outputs: l.Outputs, Kernel: l.Kernel, Stride: l.Stride, Groups: max(l.Groups, 1), Pads: l.Pads, Bias: l.Bias}
	case architecture.BatchNorm:
		p.Norm, p.Spec.Norm, p.Spec.Epsilon = l.Name, true, l.Epsilon
	case architecture.ReLU:
		p.Spec.Activation = kernels.ReLU
	case architecture.Sigmoid:
		p.Spec.Activation = kernels.Sigmoid
	case architecture.MaxPool:
		p.Spec.Pool = kernels.Pool{Kind: kernels.MaxPool, Kernel: l.Kernel, Stride: l.Stride, Pads: l.Pads}
	case architecture.GlobalAveragePool:
		p.Spec.Pool = kernels.Pool{Kind: kernels.GlobalAverage}
	}
}
