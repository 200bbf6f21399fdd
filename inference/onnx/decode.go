package onnx

import (
	"encoding/json"
	"fmt"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"
	"assay/inspection"

	"google.golang.org/protobuf/proto"
)

// Unknown is the architecture named in the card of a file that carries no card
// and whose graph is none of Assay's own.
const Unknown = "unknown"

// Decode reads an ONNX file from anywhere. It checks everything before it
// trusts it: sizes, types, counts, names, order, finite weights. A file that
// holds a card must also agree with it, and so must its extras. A file without one gets a card filled
// from the graph, without a name, with pixels scaled by 1/255 and both
// thresholds at one half.
//
// Whatever it refuses it refuses with inspection.ErrBadModel and a sentence
// that says why. It never panics, and its memory stays within a small multiple
// of len(data). The model keeps data: the caller must not change it afterwards.
func Decode(data []byte) (*Model, error) {
	file, err := unmarshal(data)
	if err != nil {
		return nil, err
	}
	version, err := checkHeader(file)
	if err != nil {
		return nil, err
	}
	card, err := readCard(file)
	if err != nil {
		return nil, err
	}
	network, weights, err := readGraph(file.GetGraph(), version)
	if err != nil {
		return nil, err
	}
	if _, err := checkNetwork(network, weights); err != nil {
		return nil, err
	}
	m := &Model{Network: network, Weights: weights, SHA256: digest(data), Bytes: data}
	if err := m.describe(file, card); err != nil {
		return nil, err
	}
	return m, nil
}

// describe takes over the card and the extras; card is nil where the file
// carries none.
func (m *Model) describe(file *onnxpb.ModelProto, card *inspection.ModelCard) (err error) {
	if card == nil {
		return m.fillCard()
	}
	m.Card = *card
	if err := m.agreeWithCard(); err != nil {
		return err
	}
	m.Extras, err = readExtras(file, m.Network.Input)
	return err
}

func unmarshal(data []byte) (*onnxpb.ModelProto, error) {
	switch {
	case len(data) == 0:
		return nil, badModel("it is empty")
	case len(data) > maxFileBytes:
		return nil, badModel("it has %d bytes, more than the %d allowed", len(data), maxFileBytes)
	}
	if err := checkFieldCount(data); err != nil {
		return nil, err
	}
	file := &onnxpb.ModelProto{}
	options := proto.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxDepth + 2}
	if err := options.Unmarshal(data, file); err != nil {
		return nil, badModel("it is no ONNX file, or is cut short")
	}
	return file, nil
}

// checkHeader returns the version of the standard operator set.
func checkHeader(file *onnxpb.ModelProto) (int64, error) {
	switch {
	case file.GetGraph() == nil || len(file.GetOpsetImport()) == 0:
		return 0, badModel("it is no ONNX file, or is cut short")
	case file.GetIrVersion() < 3 || file.GetIrVersion() > 14:
		return 0, badModel("it has ONNX format version %d; versions 3 to 14 can be read", file.GetIrVersion())
	case len(file.GetGraph().GetNode()) > maxNodes:
		return 0, badModel("it has %d operators, more than the %d allowed", len(file.GetGraph().GetNode()), maxNodes)
	case len(file.GetFunctions()) > 0:
		return 0, badModel("it defines functions of its own")
	case len(file.GetTrainingInfo()) > 0:
		return 0, badModel("it holds training information: export the model for inference")
	case len(file.GetGraph().GetSparseInitializer()) > 0:
		return 0, badModel("it holds sparse weights")
	}
	version := int64(0)
	for _, set := range file.GetOpsetImport() {
		if set.GetDomain() == "" || set.GetDomain() == "ai.onnx" {
			version = set.GetVersion()
		}
	}
	if version < 7 || version > 26 {
		return 0, badModel("it uses ONNX operator set %d; sets 7 to 26 can be read", version)
	}
	return version, nil
}

// readCard returns nil where the file carries no card.
func readCard(file *onnxpb.ModelProto) (*inspection.ModelCard, error) {
	var card *inspection.ModelCard
	for _, entry := range file.GetMetadataProps() {
		if entry.GetKey() != cardKey {
			continue
		}
		if card != nil {
			return nil, badModel("it carries two cards")
		}
		if len(entry.GetValue()) > maxCardBytes {
			return nil, badModel("its card has %d bytes, more than the %d allowed", len(entry.GetValue()), maxCardBytes)
		}
		card = &inspection.ModelCard{}
		if err := json.Unmarshal([]byte(entry.GetValue()), card); err != nil {
			return nil, fmt.Errorf("%w: its card cannot be read: %w", inspection.ErrBadModel, err)
		}
	}
	if card == nil && file.GetProducerName() == producer {
		return nil, badModel("its card is missing: the file is cut short or was changed")
	}
	return card, nil
}

// fillCard writes what the graph says into an empty card.
func (m *Model) fillCard() error {
	n := m.Network
	n.Name, n.Input.Scale = Unknown, 1.0/255
	n.Map = activationMap(n)
	if n.Input.Height == n.Input.Width && n.SameStructure(architecture.Custom(n.Input.Height)) {
		n.Name = architecture.CustomName
	}
	count, err := n.Count()
	if err != nil {
		return err
	}
	m.Card = inspection.ModelCard{
		Architecture: n.Name,
		Input:        n.Input,
		Classes:      []string{inspection.Normal.String(), inspection.Defective.String()},
		Thresholds:   inspection.Thresholds{Pass: 0.5, Fail: 0.5},
		Parameters:   count,
	}
	return nil
}

// agreeWithCard checks the card's claims against the graph and takes from it
// what the graph cannot say.
func (m *Model) agreeWithCard() error {
	card, n := m.Card, m.Network
	if err := checkCard(card); err != nil {
		return err
	}
	in := card.Input
	if in.Channels != n.Input.Channels || in.Height != n.Input.Height || in.Width != n.Input.Width {
		return badModel("its card says an input of %d×%d×%d, its graph %d×%d×%d",
			in.Channels, in.Height, in.Width, n.Input.Channels, n.Input.Height, n.Input.Width)
	}
	n.Name, n.Input = card.Architecture, in
	count, err := n.Count()
	if err != nil {
		return err
	}
	if count != card.Parameters {
		return badModel("its card says %d parameters (%d trainable), its graph has %d (%d)",
			card.Parameters.Total, card.Parameters.Trainable, count.Total, count.Trainable)
	}
	if n.Name == architecture.CustomName && (in.Height != in.Width || !n.SameStructure(architecture.Custom(in.Height))) {
		return badModel("its card says architecture %q, which its graph is not", n.Name)
	}
	return nil
}

// activationMap returns the network's map, or where it names none the
// one-channel layer whose mean is the score's logit: that layer is one.
func activationMap(n *architecture.Network) string {
	score, _ := n.Layer(n.Score)
	if n.Map != "" || score.Kind != architecture.Sigmoid {
		return n.Map
	}
	logit, _ := n.Layer(score.Inputs[0])
	if logit.Kind != architecture.GlobalAveragePool {
		return ""
	}
	if last, ok := n.Layer(logit.Inputs[0]); ok {
		return last.Name
	}
	return ""
}
