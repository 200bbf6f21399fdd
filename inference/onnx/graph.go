package onnx

import (
	"fmt"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"
	"assay/inspection"
)

// layout says how a value's dimensions are ordered in the file. Inside Assay all
// is channels first; files made by Keras carry the image channels last at first.
type layout int

const (
	channelsFirst layout = iota // (N,C,H,W)
	channelsLast                // (N,H,W,C)
	flat                        // (N,C), one pixel
)

// value is what a name of the graph stands for: the output of a layer.
type value struct {
	layer  string
	shape  architecture.Shape
	layout layout
}

// graphReader turns an ONNX graph into a network, node by node in the file's
// order, which ONNX demands to be one where each node follows its inputs.
type graphReader struct {
	version   int64
	constants map[string]constant
	values    map[string]value
	names     map[string]bool // layer names given
	uses      map[string]int  // how often each value is read
	products  map[string]bool // layers made of a product, which may take a sum in
	network   *architecture.Network
	weights   architecture.Weights
}

func readGraph(graph *onnxpb.GraphProto, version int64) (*architecture.Network, architecture.Weights, error) {
	g := &graphReader{
		version:   version,
		constants: map[string]constant{},
		values:    map[string]value{},
		names:     map[string]bool{},
		uses:      countUses(graph),
		products:  map[string]bool{},
		network:   &architecture.Network{},
		weights:   architecture.Weights{},
	}
	for _, t := range graph.GetInitializer() {
		if err := g.addConstant(t.GetName(), t); err != nil {
			return nil, nil, err
		}
	}
	if err := g.readInput(graph.GetInput()); err != nil {
		return nil, nil, err
	}
	for _, node := range graph.GetNode() {
		if err := g.readNode(node); err != nil {
			return nil, nil, err
		}
	}
	return g.network, g.weights, g.readOutputs(graph.GetOutput())
}

func (g *graphReader) addConstant(name string, t *onnxpb.TensorProto) error {
	if g.taken(name) {
		return badModel("the name %q is empty or given twice", name)
	}
	c, err := readTensor(t)
	if err != nil {
		return err
	}
	g.constants[name] = c
	return nil
}

// taken reports whether a value or constant may not have the name.
func (g *graphReader) taken(name string) bool {
	_, isConstant := g.constants[name]
	_, isValue := g.values[name]
	return name == "" || isConstant || isValue
}

// readInput finds the one input that is no weight; old files list weights too.
func (g *graphReader) readInput(inputs []*onnxpb.ValueInfoProto) error {
	found := false
	for _, info := range inputs {
		if _, weight := g.constants[info.GetName()]; weight {
			continue
		}
		if found {
			return badModel("it has several inputs: wants one picture")
		}
		found = true
		v, err := readInputShape(info)
		if err != nil {
			return err
		}
		if g.taken(info.GetName()) {
			return badModel("its input has no name")
		}
		g.values[info.GetName()] = v
		g.network.Input = inspection.InputSpec{Channels: v.shape.C, Height: v.shape.H, Width: v.shape.W}
	}
	if !found {
		return badModel("it has no input")
	}
	return nil
}

func readInputShape(info *onnxpb.ValueInfoProto) (value, error) {
	tensor := info.GetType().GetTensorType()
	if onnxpb.TensorProto_DataType(tensor.GetElemType()) != onnxpb.TensorProto_FLOAT {
		return value{}, badModel("its input is not of 32-bit floats")
	}
	dims := tensor.GetShape().GetDim()
	if len(dims) != 4 {
		return value{}, badModel("its input has %d dimensions: wants batch, channels, height, width", len(dims))
	}
	var d [4]int
	for i := 1; i < 4; i++ { // the batch may be anything
		n := dims[i].GetDimValue()
		if n < 1 || n > maxInputSide {
			return value{}, badModel("its input's size is not fixed, or beyond %d pixels", maxInputSide)
		}
		d[i] = int(n)
	}
	isColour := func(channels int) bool { return channels == 1 || channels == 3 }
	switch {
	case isColour(d[1]):
		return value{architecture.InputName, architecture.Shape{C: d[1], H: d[2], W: d[3]}, channelsFirst}, nil
	case isColour(d[3]):
		return value{architecture.InputName, architecture.Shape{C: d[3], H: d[1], W: d[2]}, channelsLast}, nil
	}
	return value{}, badModel("its input is %d×%d×%d: wants 1 or 3 channels", d[1], d[2], d[3])
}

// readNode reads one operator and names its result.
func (g *graphReader) readNode(node *onnxpb.NodeProto) error {
	if d := node.GetDomain(); d != "" && d != "ai.onnx" {
		return nodeError(node, "it belongs to the operator set %q, which cannot be run", d)
	}
	for len(node.GetOutput()) > 1 && node.GetOutput()[len(node.GetOutput())-1] == "" {
		node.Output = node.GetOutput()[:len(node.GetOutput())-1]
	}
	if len(node.GetOutput()) != 1 {
		return nodeError(node, "it has %d outputs: wants 1", len(node.GetOutput()))
	}
	output := node.GetOutput()[0]
	if g.taken(output) {
		return nodeError(node, "the name %q is empty or given twice", output)
	}
	if node.GetOpType() == "Constant" {
		return g.readConstantNode(node, output)
	}
	operator, ok := operators[node.GetOpType()]
	if !ok {
		return nodeError(node, "this operator cannot be run")
	}
	g.constantLast(node)
	in, err := g.input(node)
	if err != nil {
		return err
	}
	out, err := operator(g, node, in)
	if err != nil {
		return err
	}
	g.values[output] = out
	return nil
}

// input returns the value that the node's first input names.
func (g *graphReader) input(node *onnxpb.NodeProto) (value, error) {
	if len(node.GetInput()) == 0 {
		return value{}, nodeError(node, "it has no input")
	}
	in, ok := g.values[node.GetInput()[0]]
	if !ok {
		return value{}, nodeError(node, "its input %q comes later or not at all", node.GetInput()[0])
	}
	return in, nil
}

// addLayer appends a layer that reads in; its result has channels first.
func (g *graphReader) addLayer(node *onnxpb.NodeProto, in value, l architecture.Layer) (value, error) {
	l.Name, l.Inputs = g.layerName(node, l.Kind), []string{in.layer}
	shape, err := l.OutputShape(in.shape)
	if err != nil {
		return value{}, nodeError(node, "%v", err)
	}
	g.network.Layers = append(g.network.Layers, l)
	return value{l.Name, shape, in.layout}, nil
}

// layerName keeps the node's name where a layer may have it.
func (g *graphReader) layerName(node *onnxpb.NodeProto, kind architecture.Kind) string {
	name := node.GetName()
	for i := len(g.network.Layers) + 1; !usableName(name) || g.names[name]; i++ {
		name = fmt.Sprintf("%s_%d", kind, i)
	}
	g.names[name] = true
	return name
}

// readOutputs finds the score and the map among the graph's outputs.
func (g *graphReader) readOutputs(outputs []*onnxpb.ValueInfoProto) error {
	for _, info := range outputs {
		v, ok := g.values[info.GetName()]
		if !ok {
			return badModel("its output %q is computed nowhere", info.GetName())
		}
		l, _ := g.network.Layer(v.layer)
		switch {
		case l.Kind == architecture.Sigmoid && v.shape == (architecture.Shape{C: 1, H: 1, W: 1}) && g.network.Score == "":
			g.network.Score = v.layer
		case v.shape.C == 1 && v.layer != architecture.InputName && g.network.Map == "" && v.layer != g.network.Score:
			g.network.Map = v.layer
		default:
			return badModel("its output %q is neither a score nor a map", info.GetName())
		}
	}
	if g.network.Score == "" {
		return badModel("it gives no score: its last step must be the sigmoid of one value")
	}
	return nil
}
