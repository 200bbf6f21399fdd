package onnx

import (
	"slices"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"
)

// Keras (through tf2onnx) writes a batch norm as a product and a sum with one
// constant a channel. Both become one BatchNorm layer with mean 0 and variance 1.

func (g *graphReader) readMul(node *onnxpb.NodeProto, in value) (value, error) {
	factors, err := g.channelConstant(node, in)
	if err != nil {
		return value{}, err
	}
	return g.addAffine(node, in, factors, make([]float32, in.shape.C))
}

func (g *graphReader) readAdd(node *onnxpb.NodeProto, in value) (value, error) {
	terms, err := g.channelConstant(node, in)
	if err != nil {
		return value{}, err
	}
	if g.products[in.layer] && g.uses[node.GetInput()[0]] == 1 {
		delete(g.products, in.layer) // a second sum is a layer of its own
		g.weights[in.layer+".bias"] = terms
		return in, nil
	}
	return g.addAffine(node, in, slices.Repeat([]float32{1}, in.shape.C), terms)
}

// addAffine appends factors·x + terms.
func (g *graphReader) addAffine(node *onnxpb.NodeProto, in value, factors, terms []float32) (value, error) {
	out, err := g.addLayer(node, in, architecture.Layer{Kind: architecture.BatchNorm})
	if err != nil {
		return value{}, err
	}
	g.weights[out.layer+".scale"], g.weights[out.layer+".bias"] = factors, terms
	g.weights[out.layer+".mean"] = make([]float32, in.shape.C)
	g.weights[out.layer+".variance"] = slices.Repeat([]float32{1}, in.shape.C)
	g.products[out.layer] = node.GetOpType() == "Mul"
	return out, nil
}

// channelConstant returns the node's second operand, one number a channel.
func (g *graphReader) channelConstant(node *onnxpb.NodeProto, in value) ([]float32, error) {
	if err := wantInputs(node, 2, 2); err != nil {
		return nil, err
	}
	if err := wantChannelsFirst(node, in); err != nil {
		return nil, err
	}
	if err := newAttributes(node).done(); err != nil {
		return nil, err
	}
	c, channels := g.constants[node.GetInput()[1]], in.shape.C
	if !slices.Equal(c.dims, []int{1, channels, 1, 1}) && !slices.Equal(c.dims, []int{channels, 1, 1}) || c.floats == nil {
		return nil, nodeError(node, "only one constant for each of the %d channels can be run", channels)
	}
	return c.floats, nil
}

// constantLast moves the constant of a product or sum behind the value.
func (g *graphReader) constantLast(node *onnxpb.NodeProto) {
	inputs := node.GetInput()
	if op := node.GetOpType(); (op != "Mul" && op != "Add") || len(inputs) != 2 {
		return
	}
	if _, first := g.constants[inputs[0]]; first {
		slices.Reverse(inputs)
	}
}

// countUses counts how often each value is read, by nodes and as an output.
func countUses(graph *onnxpb.GraphProto) map[string]int {
	uses := map[string]int{}
	for _, node := range graph.GetNode() {
		for _, name := range node.GetInput() {
			uses[name]++
		}
	}
	for _, output := range graph.GetOutput() {
		uses[output.GetName()]++
	}
	return uses
}
