package onnx

import (
	"slices"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"
)

// Operators that only move numbers about. Inside Assay each value is channels
// first, so they become no layer: they change how later nodes see the value.

func (g *graphReader) readConstantNode(node *onnxpb.NodeProto, output string) error {
	a := newAttributes(node)
	t := a.take("value", onnxpb.AttributeProto_TENSOR).GetT()
	if err := a.done(); err != nil {
		return err
	}
	if t == nil {
		return nodeError(node, "it holds no tensor")
	}
	return g.addConstant(output, t)
}

// readIdentity also reads Dropout, which does nothing outside training.
func (g *graphReader) readIdentity(node *onnxpb.NodeProto, in value) (value, error) {
	a := newAttributes(node)
	a.ignore("ratio", "seed")
	return in, a.done()
}

// readReshape reads Flatten, Reshape and Squeeze. A value of one pixel becomes
// flat; a one-channel picture may change its layout; nothing else can be run.
func (g *graphReader) readReshape(node *onnxpb.NodeProto, in value) (value, error) {
	a := newAttributes(node)
	a.ignore("axis", "axes", "allowzero") // with one pixel all choices give the same order
	if err := a.done(); err != nil {
		return value{}, err
	}
	if in.shape.H == 1 && in.shape.W == 1 {
		in.layout = flat
		return in, nil
	}
	if node.GetOpType() != "Reshape" || len(node.GetInput()) != 2 || in.shape.C != 1 {
		return value{}, nodeError(node, "a picture can only be flattened after its mean is taken")
	}
	target, h, w := g.constants[node.GetInput()[1]].numbers, int64(in.shape.H), int64(in.shape.W)
	switch {
	case len(target) == 4 && slices.Equal(target[1:], []int64{1, h, w}):
		in.layout = channelsFirst
	case len(target) == 4 && slices.Equal(target[1:], []int64{h, w, 1}):
		in.layout = channelsLast
	default:
		return value{}, nodeError(node, "its target shape %v cannot be run", target)
	}
	return in, nil
}

func (g *graphReader) readTranspose(node *onnxpb.NodeProto, in value) (value, error) {
	a := newAttributes(node)
	order := a.numbers("perm")
	if err := a.done(); err != nil {
		return value{}, err
	}
	switch {
	case in.layout == channelsLast && slices.Equal(order, []int64{0, 3, 1, 2}):
		in.layout = channelsFirst
	case in.layout == channelsFirst && slices.Equal(order, []int64{0, 2, 3, 1}):
		in.layout = channelsLast
	default:
		return value{}, nodeError(node, "the order %v cannot be run", order)
	}
	return in, nil
}

func (g *graphReader) readGlobalAveragePool(node *onnxpb.NodeProto, in value) (value, error) {
	if err := wantInputs(node, 1, 1); err != nil {
		return value{}, err
	}
	if err := wantChannelsFirst(node, in); err != nil {
		return value{}, err
	}
	if err := newAttributes(node).done(); err != nil {
		return value{}, err
	}
	return g.addLayer(node, in, architecture.Layer{Kind: architecture.GlobalAveragePool})
}

// readReduceMean reads the mean over height and width; from operator set 18 on
// the axes are an input.
func (g *graphReader) readReduceMean(node *onnxpb.NodeProto, in value) (value, error) {
	if err := wantInputs(node, 1, 2); err != nil {
		return value{}, err
	}
	a := newAttributes(node)
	axes := a.numbers("axes")
	keep := a.number("keepdims", 1)
	a.require("noop_with_empty_axes", 0)
	if err := a.done(); err != nil {
		return value{}, err
	}
	if len(node.GetInput()) == 2 {
		axes = g.constants[node.GetInput()[1]].numbers
	}
	sorted := make([]int64, 0, 2)
	for _, axis := range axes {
		if axis < 0 {
			axis += 4
		}
		sorted = append(sorted, axis)
	}
	slices.Sort(sorted)
	spatial := map[layout][]int64{channelsFirst: {2, 3}, channelsLast: {1, 2}}[in.layout]
	if spatial == nil || !slices.Equal(sorted, spatial) {
		return value{}, nodeError(node, "a mean over the axes %v cannot be run", axes)
	}
	out, err := g.addLayer(node, in, architecture.Layer{Kind: architecture.GlobalAveragePool})
	if keep == 0 {
		out.layout = flat
	}
	return out, err
}
