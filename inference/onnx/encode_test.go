package onnx

import (
	"math"
	"testing"
	"time"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"
	"assay/inspection"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// customModel returns the paper's network with weights that no two share.
func customModel(t testing.TB, size int, seed uint64) (inspection.ModelCard, *architecture.Network, architecture.Weights) {
	t.Helper()
	n := architecture.Custom(size)
	w, err := n.Initialize(seed)
	require.NoError(t, err)
	for name, values := range w {
		for i := range values {
			values[i] += float32(len(name)) + float32(i)/1024
		}
	}
	return inspection.ModelCard{
		Name:          "casting",
		Version:       3,
		Classes:       []string{"normal", "defective"},
		Thresholds:    inspection.Thresholds{Pass: 0.25, Fail: 0.75},
		Part:          "Casting impeller",
		Description:   "Größe & <Licence>: non-commercial",
		Augmentations: []string{"hflip", "vflip"},
		Seed:          math.MaxUint64,
		Trained:       time.Date(2026, 11, 24, 9, 30, 0, 123, time.FixedZone("", 3600)),
		Metrics:       map[string]float64{"accuracy": 99.4375, "auroc": 0.1},
	}, n, w
}

func encodeCustom(t testing.TB, size int) []byte {
	t.Helper()
	data, err := Encode(customModel(t, size, 1))
	require.NoError(t, err)
	return data
}

func TestEncodeDecodeEncode(t *testing.T) {
	for _, size := range []int{8, 75, 100, 300} {
		for _, batch := range []int{1, 32} {
			card, n, w := customModel(t, size, uint64(size))
			data, err := EncodeBatch(card, n, w, batch)
			require.NoError(t, err)
			m, err := Decode(data)
			require.NoError(t, err)
			require.Equal(t, n, m.Network)
			require.Equal(t, w, m.Weights)
			require.Equal(t, "casting", m.Card.Name)
			require.Equal(t, inspection.Parameters{Total: 5865, Trainable: 5801, NonTrainable: 64}, m.Card.Parameters)
			require.Equal(t, n.Input, m.Card.Input)
			require.Equal(t, uint64(math.MaxUint64), m.Card.Seed)
			require.True(t, card.Trained.Equal(m.Card.Trained))
			again, err := EncodeBatch(m.Card, m.Network, m.Weights, batch)
			require.NoError(t, err)
			require.Equal(t, data, again)
		}
	}
}

func TestEncodeOtherNetworks(t *testing.T) {
	for name, change := range map[string]func(n *architecture.Network){
		"no map":        func(n *architecture.Network) { n.Map = "" },
		"colour":        func(n *architecture.Network) { n.Input.Channels = 3 },
		"wide":          func(n *architecture.Network) { n.Input.Width = 48 },
		"other scaling": func(n *architecture.Network) { n.Input.Scale, n.Input.Offset = 1/127.5, -1 },
		"a layer named as an output": func(n *architecture.Network) {
			n.Layers[0].Name, n.Layers[1].Inputs = "map", []string{"map"}
		},
		"grouped, strided, uneven": func(n *architecture.Network) {
			n.Layers[3].Groups, n.Layers[3].Stride, n.Layers[3].Pads = 4, 2, [4]int{0, 1, 2, 1}
			n.Layers[3].Bias = false
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := architecture.Custom(32)
			n.Name = "experiment"
			change(n)
			w, err := n.Initialize(1)
			require.NoError(t, err)
			data, err := Encode(inspection.ModelCard{Thresholds: inspection.Thresholds{Fail: 1}}, n, w)
			require.NoError(t, err)
			m, err := Decode(data)
			require.NoError(t, err)
			require.Equal(t, n, m.Network)
			require.Equal(t, w, m.Weights)
			again, err := Encode(m.Card, m.Network, m.Weights)
			require.NoError(t, err)
			require.Equal(t, data, again)
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*inspection.ModelCard, *architecture.Network, architecture.Weights){
		"missing weight": func(_ *inspection.ModelCard, _ *architecture.Network, w architecture.Weights) {
			delete(w, "conv1.bias")
		},
		"NaN weight": func(_ *inspection.ModelCard, _ *architecture.Network, w architecture.Weights) {
			w["conv2.weight"][7] = float32(math.NaN())
		},
		"negative variance": func(_ *inspection.ModelCard, _ *architecture.Network, w architecture.Weights) {
			w["norm2.variance"][0] = -1
		},
		"thresholds": func(c *inspection.ModelCard, _ *architecture.Network, _ architecture.Weights) {
			c.Thresholds.Pass = 0.9
		},
		"metrics": func(c *inspection.ModelCard, _ *architecture.Network, _ architecture.Weights) {
			c.Metrics["f1"] = math.Inf(1)
		},
		"scale": func(_ *inspection.ModelCard, n *architecture.Network, _ architecture.Weights) { n.Input.Scale = 0 },
		"dead end": func(_ *inspection.ModelCard, n *architecture.Network, _ architecture.Weights) {
			n.Layers[8].Inputs[0] = "relu1"
			n.Layers[8].Outputs = 8
		},
		"score": func(_ *inspection.ModelCard, n *architecture.Network, _ architecture.Weights) { n.Score = "logit" },
		"name": func(_ *inspection.ModelCard, n *architecture.Network, _ architecture.Weights) {
			n.Layers[16].Name = "a\nb"
			n.Score = "a\nb"
		},
	} {
		card, n, w := customModel(t, 32, 1)
		change(&card, n, w)
		_, err := Encode(card, n, w)
		require.ErrorIs(t, err, inspection.ErrBadModel, name)
	}
	card, n, w := customModel(t, 32, 1)
	for _, batch := range []int{0, -1, maxBatch + 1} {
		_, err := EncodeBatch(card, n, w, batch)
		require.ErrorIs(t, err, inspection.ErrBadModel)
	}
}

// TestEncodeIsPlainONNX recounts the file with nothing but the official definition.
func TestEncodeIsPlainONNX(t *testing.T) {
	file := &onnxpb.ModelProto{}
	require.NoError(t, proto.Unmarshal(encodeCustom(t, 100), file))
	require.EqualValues(t, 13, file.GetOpsetImport()[0].GetVersion())
	sizes, total := map[string]int{}, 0
	for _, w := range file.GetGraph().GetInitializer() {
		sizes[w.GetName()] = len(w.GetRawData()) / 4
		total += len(w.GetRawData()) / 4
	}
	require.Equal(t, 5865, total)
	require.Equal(t, 4608, sizes["conv2.weight"])
	require.Equal(t, 64, sizes["norm2.mean"]+sizes["norm2.variance"]+sizes["norm3.mean"]+sizes["norm3.variance"]+
		sizes["norm4.mean"]+sizes["norm4.variance"])
	require.Equal(t, []string{"score", "map"}, []string{file.GetGraph().GetOutput()[0].GetName(), file.GetGraph().GetOutput()[1].GetName()})
	require.Less(t, len(encodeCustom(t, 100)), 30_000, "the whole file")
}
