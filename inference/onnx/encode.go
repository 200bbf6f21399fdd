package onnx

import (
	"encoding/json"
	"fmt"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"
	"assay/inspection"

	"google.golang.org/protobuf/proto"
)

// What Encode writes. Operator set 13 with intermediate representation 7 loads
// in OpenCV from 4.5 on and in ONNX Runtime from 1.3 on.
const (
	irVersion    = 7
	opsetVersion = 13
	producer     = "assay"
	// cardKey is the metadata key that holds the model card as JSON.
	cardKey = "assay.card"
	// scoreName and mapName are the graph's outputs.
	scoreName = "score"
	mapName   = "map"
	// joinedName is the single output that EncodeJoined writes.
	joinedName = "joined"
)

// Encode returns the network as an ONNX file: input "input" (1,C,H,W), output
// "score" (1,1) and, where the network has a map, output "map" (1,1,h,w). Batch
// norms stay unfolded and each parameter keeps its own name, so that a reader
// can recount them. The card travels in the metadata; its Architecture, Input
// and Parameters are set from n. The same arguments give the same bytes.
//
// It fails with inspection.ErrBadModel where the network is broken or w does
// not fit it. w is only read.
func Encode(card inspection.ModelCard, n *architecture.Network, w architecture.Weights) ([]byte, error) {
	return EncodeBatch(card, n, w, 1)
}

// EncodeWith is Encode with extras, which must fit the network's input. They are
// only read.
func EncodeWith(card inspection.ModelCard, n *architecture.Network, w architecture.Weights, e Extras) ([]byte, error) {
	g, err := newGraphWriter(n, w, 1)
	if err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	if err := e.check(n.Input); err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	g.outputs()
	return g.marshal(card, e.entries()...)
}

// EncodeBatch is Encode with a fixed batch other than 1, for runtimes that need
// the batch in the file. Decode reads such a file as it reads any other.
func EncodeBatch(card inspection.ModelCard, n *architecture.Network, w architecture.Weights, batch int) ([]byte, error) {
	g, err := newGraphWriter(n, w, batch)
	if err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	g.outputs()
	return g.marshal(card)
}

// EncodeJoined is EncodeBatch with the single output "joined" (N,1+h·w): the
// score, then the map's rows, of each image. Runtimes that hand out one output
// a call then run the network once for both. Where the network has no map the
// output is (N,1).
func EncodeJoined(card inspection.ModelCard, n *architecture.Network, w architecture.Weights, batch int) ([]byte, error) {
	g, err := newGraphWriter(n, w, batch)
	if err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	g.joinedOutput()
	return g.marshal(card)
}

// graphWriter collects the nodes and weights of one graph.
type graphWriter struct {
	network *architecture.Network
	shapes  map[string]architecture.Shape
	batch   int
	graph   *onnxpb.GraphProto
}

func newGraphWriter(n *architecture.Network, w architecture.Weights, batch int) (*graphWriter, error) {
	shapes, err := checkNetwork(n, w)
	if err != nil {
		return nil, err
	}
	if batch < 1 || batch > maxBatch {
		return nil, badModel("batch %d is not in 1 to %d", batch, maxBatch)
	}
	g := &graphWriter{network: n, shapes: shapes, batch: batch, graph: &onnxpb.GraphProto{Name: proto.String(producer)}}
	in := n.Input
	g.graph.Input = append(g.graph.Input, valueInfo(architecture.InputName, batch, in.Channels, in.Height, in.Width))
	for _, l := range n.Layers {
		g.node(l)
	}
	return g, g.weights(w)
}

// checkNetwork is what Encode asks of a network, which is also what Decode
// ensures, so that each file written here can be read here.
func checkNetwork(n *architecture.Network, w architecture.Weights) (map[string]architecture.Shape, error) {
	shapes, err := n.Shapes()
	if err != nil {
		return nil, err
	}
	for _, l := range n.Layers {
		if !usableName(l.Name) {
			return nil, badModel("layer name %q cannot be written", l.Name)
		}
	}
	if l, _ := n.Layer(n.Score); l.Kind != architecture.Sigmoid {
		return nil, badModel("the score %q is no sigmoid", n.Score)
	}
	if n.Map == n.Score || n.Map == architecture.InputName {
		return nil, badModel("the map %q cannot be one", n.Map)
	}
	if err := checkCost(n, shapes); err != nil {
		return nil, err
	}
	if err := checkReachable(n); err != nil {
		return nil, err
	}
	if err := n.Check(w); err != nil {
		return nil, err
	}
	return shapes, checkValues(n, w)
}

// node adds one layer. Its value is "layer.output", a name that no parameter
// and no graph output can have.
func (g *graphWriter) node(l architecture.Layer) {
	node := &onnxpb.NodeProto{
		Name:   proto.String(l.Name),
		Input:  []string{g.valueName(l.Inputs[0])},
		Output: []string{g.valueName(l.Name)},
	}
	window := func(kernel, stride int, pads [4]int) {
		node.Attribute = append(node.Attribute,
			intsAttribute("kernel_shape", kernel, kernel),
			intsAttribute("pads", pads[:]...),
			intsAttribute("strides", stride, stride))
	}
	switch l.Kind {
	case architecture.Conv:
		node.OpType = proto.String("Conv")
		node.Input = append(node.Input, l.Name+".weight")
		if l.Bias {
			node.Input = append(node.Input, l.Name+".bias")
		}
		node.Attribute = append(node.Attribute, intsAttribute("dilations", 1, 1), intAttribute("group", max(l.Groups, 1)))
		window(l.Kernel, l.Stride, l.Pads)
	case architecture.BatchNorm:
		node.OpType = proto.String("BatchNormalization")
		node.Input = append(node.Input, l.Name+".scale", l.Name+".bias", l.Name+".mean", l.Name+".variance")
		node.Attribute = append(node.Attribute, floatAttribute("epsilon", l.Epsilon))
	case architecture.ReLU:
		node.OpType = proto.String("Relu")
	case architecture.MaxPool:
		node.OpType = proto.String("MaxPool")
		window(l.Kernel, l.Stride, l.Pads)
	case architecture.GlobalAveragePool:
		node.OpType = proto.String("GlobalAveragePool")
	case architecture.Sigmoid:
		node.OpType = proto.String("Sigmoid")
	}
	g.graph.Node = append(g.graph.Node, node)
}

// valueName returns the graph's name for a layer's output.
func (g *graphWriter) valueName(layer string) string {
	switch layer {
	case architecture.InputName:
		return architecture.InputName
	case g.network.Map:
		return mapName
	}
	return layer + ".output"
}

// outputs ends the graph with the score, flattened to (N,1), and the map.
func (g *graphWriter) outputs() {
	g.flatten(g.network.Score, scoreName)
	g.graph.Output = append(g.graph.Output, valueInfo(scoreName, g.batch, 1))
	if g.network.Map != "" {
		s := g.shapes[g.network.Map]
		g.graph.Output = append(g.graph.Output, valueInfo(mapName, g.batch, s.C, s.H, s.W))
	}
}

// joinedOutput ends the graph with the score and the map in one row an image.
func (g *graphWriter) joinedOutput() {
	if g.network.Map == "" {
		g.flatten(g.network.Score, joinedName)
		g.graph.Output = append(g.graph.Output, valueInfo(joinedName, g.batch, 1))
		return
	}
	g.flatten(g.network.Score, scoreName)
	g.flatten(g.network.Map, "rows")
	g.graph.Node = append(g.graph.Node, &onnxpb.NodeProto{
		OpType: proto.String("Concat"), Input: []string{scoreName, "rows"}, Output: []string{joinedName},
		Attribute: []*onnxpb.AttributeProto{intAttribute("axis", 1)},
	})
	s := g.shapes[g.network.Map]
	g.graph.Output = append(g.graph.Output, valueInfo(joinedName, g.batch, 1+s.H*s.W))
}

// flatten adds a node without a name, which no layer can have.
func (g *graphWriter) flatten(layer, output string) {
	g.graph.Node = append(g.graph.Node, &onnxpb.NodeProto{
		OpType: proto.String("Flatten"), Input: []string{g.valueName(layer)}, Output: []string{output},
		Attribute: []*onnxpb.AttributeProto{intAttribute("axis", 1)},
	})
}

func (g *graphWriter) weights(w architecture.Weights) error {
	list, err := g.network.Parameters()
	if err != nil {
		return err
	}
	for _, p := range list {
		g.graph.Initializer = append(g.graph.Initializer, floatTensor(p, w[p.Name]))
	}
	return nil
}

// marshal wraps the graph in a model with the card and the extras' metadata, and
// returns its bytes.
func (g *graphWriter) marshal(card inspection.ModelCard, extras ...*onnxpb.StringStringEntryProto) ([]byte, error) {
	count, err := g.network.Count()
	if err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	card.Architecture, card.Input, card.Parameters = g.network.Name, g.network.Input, count
	if err := checkCard(card); err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	text, err := json.Marshal(card)
	if err != nil {
		return nil, fmt.Errorf("encode model card: %w: %w", inspection.ErrBadModel, err)
	}
	if len(text) > maxCardBytes {
		return nil, badModel("the card has %d bytes, more than the %d allowed", len(text), maxCardBytes)
	}
	m := &onnxpb.ModelProto{
		IrVersion:     proto.Int64(irVersion),
		ProducerName:  proto.String(producer),
		ModelVersion:  proto.Int64(int64(card.Version)),
		Graph:         g.graph,
		OpsetImport:   []*onnxpb.OperatorSetIdProto{{Domain: proto.String(""), Version: proto.Int64(opsetVersion)}},
		MetadataProps: append([]*onnxpb.StringStringEntryProto{entry(cardKey, string(text))}, extras...),
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode model: %w", err)
	}
	return data, nil
}
