package onnx

import (
	"slices"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"
)

// operator reads one node whose first input is in. It checks all that the node
// says: what it does not know it refuses.
type operator func(g *graphReader, node *onnxpb.NodeProto, in value) (value, error)

// operators are those that can be run.
var operators = map[string]operator{
	"Conv":               (*graphReader).readConv,
	"BatchNormalization": (*graphReader).readBatchNorm,
	"Mul":                (*graphReader).readMul,
	"Add":                (*graphReader).readAdd,
	"MaxPool":            (*graphReader).readMaxPool,
	"GlobalAveragePool":  (*graphReader).readGlobalAveragePool,
	"ReduceMean":         (*graphReader).readReduceMean,
	"Relu":               elementwise(architecture.ReLU),
	"Sigmoid":            elementwise(architecture.Sigmoid),
	"Identity":           (*graphReader).readIdentity,
	"Dropout":            (*graphReader).readIdentity,
	"Flatten":            (*graphReader).readReshape,
	"Reshape":            (*graphReader).readReshape,
	"Squeeze":            (*graphReader).readReshape,
	"Transpose":          (*graphReader).readTranspose,
}

func elementwise(kind architecture.Kind) operator {
	return func(g *graphReader, node *onnxpb.NodeProto, in value) (value, error) {
		if err := wantInputs(node, 1, 1); err != nil {
			return value{}, err
		}
		if err := newAttributes(node).done(); err != nil {
			return value{}, err
		}
		return g.addLayer(node, in, architecture.Layer{Kind: kind})
	}
}

func wantInputs(node *onnxpb.NodeProto, low, high int) error {
	if n := len(node.GetInput()); n < low || n > high {
		return nodeError(node, "it has %d inputs", n)
	}
	return nil
}

func wantChannelsFirst(node *onnxpb.NodeProto, in value) error {
	if in.layout != channelsFirst {
		return nodeError(node, "its input is not in the order batch, channels, height, width")
	}
	return nil
}

// weight returns the floats of the node's input i, which must have these dimensions.
func (g *graphReader) weight(node *onnxpb.NodeProto, i int, dims ...int) ([]float32, error) {
	name := node.GetInput()[i]
	c, ok := g.constants[name]
	if !ok {
		return nil, nodeError(node, "its weight %q is not in the file", name)
	}
	if c.floats == nil || !slices.Equal(c.dims, dims) {
		return nil, nodeError(node, "its weight %q has dimensions %v, wants %v", name, c.dims, dims)
	}
	return c.floats, nil
}

func (g *graphReader) readConv(node *onnxpb.NodeProto, in value) (value, error) {
	if err := wantInputs(node, 2, 3); err != nil {
		return value{}, err
	}
	if err := wantChannelsFirst(node, in); err != nil {
		return value{}, err
	}
	kernel := g.constants[node.GetInput()[1]].dims
	if len(kernel) != 4 || kernel[2] != kernel[3] || kernel[2] < 1 || kernel[2] > maxWindow {
		return value{}, nodeError(node, "its kernel has dimensions %v: square kernels of up to %d pixels can be run", kernel, maxWindow)
	}
	a := newAttributes(node)
	l := architecture.Layer{Kind: architecture.Conv, Outputs: kernel[0], Bias: len(node.GetInput()) == 3 && node.GetInput()[2] != ""}
	if groups := a.number("group", 1); groups >= 1 && groups <= int64(in.shape.C) {
		l.Groups = int(groups)
	} else {
		a.fail("it has %d groups for %d channels", groups, in.shape.C)
	}
	a.window(&l, in.shape, kernel[2])
	if err := a.done(); err != nil {
		return value{}, err
	}
	if l.Kernel != kernel[2] {
		return value{}, nodeError(node, "its kernel_shape is %d, its weight's %d", l.Kernel, kernel[2])
	}
	weight, err := g.weight(node, 1, l.Outputs, in.shape.C/l.Groups, l.Kernel, l.Kernel)
	if err != nil {
		return value{}, err
	}
	return g.addConv(node, in, l, weight)
}

func (g *graphReader) addConv(node *onnxpb.NodeProto, in value, l architecture.Layer, weight []float32) (value, error) {
	if l.Groups == 1 {
		l.Groups = 0 // as architecture writes it
	}
	out, err := g.addLayer(node, in, l)
	if err != nil {
		return value{}, err
	}
	g.weights[out.layer+".weight"] = weight
	if !l.Bias {
		return out, nil
	}
	g.weights[out.layer+".bias"], err = g.weight(node, 2, l.Outputs)
	return out, err
}

func (g *graphReader) readBatchNorm(node *onnxpb.NodeProto, in value) (value, error) {
	if err := wantInputs(node, 5, 5); err != nil {
		return value{}, err
	}
	if err := wantChannelsFirst(node, in); err != nil {
		return value{}, err
	}
	a := newAttributes(node)
	l := architecture.Layer{Kind: architecture.BatchNorm, Epsilon: a.float("epsilon", 1e-5)}
	a.require("spatial", 1)
	a.require("training_mode", 0)
	a.ignore("momentum")
	if err := a.done(); err != nil {
		return value{}, err
	}
	out, err := g.addLayer(node, in, l)
	if err != nil {
		return value{}, err
	}
	for i, suffix := range []string{".scale", ".bias", ".mean", ".variance"} {
		if g.weights[out.layer+suffix], err = g.weight(node, i+1, in.shape.C); err != nil {
			return value{}, err
		}
	}
	return out, nil
}

func (g *graphReader) readMaxPool(node *onnxpb.NodeProto, in value) (value, error) {
	if err := wantInputs(node, 1, 1); err != nil {
		return value{}, err
	}
	if err := wantChannelsFirst(node, in); err != nil {
		return value{}, err
	}
	a := newAttributes(node)
	l := architecture.Layer{Kind: architecture.MaxPool}
	a.require("ceil_mode", 0)
	a.ignore("storage_order") // concerns the second output only
	a.window(&l, in.shape, 0)
	if err := a.done(); err != nil {
		return value{}, err
	}
	if l.Kernel == 0 || max(l.Pads[0], l.Pads[1], l.Pads[2], l.Pads[3]) >= l.Kernel {
		return value{}, nodeError(node, "a window of %d pixels with padding %v cannot be run", l.Kernel, l.Pads)
	}
	return g.addLayer(node, in, l)
}

// window reads kernel, stride and padding of a convolution or pooling.
func (a *attributes) window(l *architecture.Layer, in architecture.Shape, kernel int) {
	l.Kernel = a.square("kernel_shape", kernel)
	l.Stride = a.square("strides", 1)
	if d := a.square("dilations", 1); d != 1 {
		a.fail("dilation %d cannot be run", d)
	}
	pads := a.numbers("pads")
	switch mode := a.text("auto_pad", "NOTSET"); mode {
	case "NOTSET":
		l.Pads = a.explicitPads(pads)
	case "VALID":
	case "SAME_UPPER", "SAME_LOWER":
		l.Pads[0], l.Pads[2] = samePads(in.H, l.Kernel, l.Stride, mode == "SAME_LOWER")
		l.Pads[1], l.Pads[3] = samePads(in.W, l.Kernel, l.Stride, mode == "SAME_LOWER")
	default:
		a.fail("its auto_pad is %q", mode)
	}
}

// explicitPads reads top, left, bottom, right.
func (a *attributes) explicitPads(pads []int64) (p [4]int) {
	if len(pads) == 0 {
		return p
	}
	if len(pads) != 4 {
		a.fail("its padding is %v", pads)
		return p
	}
	for i, n := range pads {
		if n < 0 || n > maxWindow {
			a.fail("its padding is %v", pads)
			return p
		}
		p[i] = int(n)
	}
	return p
}

// samePads returns the padding that makes the output ⌈size/stride⌉ long; an odd
// pixel goes to the end, or to the start where lower.
func samePads(size, kernel, stride int, lower bool) (before, after int) {
	total := max(0, ((size+stride-1)/stride-1)*stride+kernel-size)
	if lower {
		return total - total/2, total / 2
	}
	return total / 2, total - total/2
}
