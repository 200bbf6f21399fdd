package onnx

import (
	"bytes"
	"context"
	"encoding/base64"
	"testing"

	"assay/inference/familiarity"
	"assay/inference/onnx/onnxpb"
	"assay/inference/whitening"
	"assay/inspection"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
)

// extras returns what a model for inputs of that size may carry.
func extras(t testing.TB, size int) Extras {
	t.Helper()
	spec := inspection.InputSpec{Channels: 1, Height: size, Width: size}
	picture := make([]uint8, size*size)
	description, err := familiarity.Fit(30, func(i int) []uint8 {
		for k := range picture {
			picture[k] = uint8(k*(i+3) + i)
		}
		return picture
	}, spec)
	require.NoError(t, err)
	values := make([]float32, size*size)
	white, err := whitening.Fit(context.Background(), func(i int) []float32 {
		for k := range values {
			values[k] = float32((k*(i+3)+i)%17) / 17
		}
		return values
	}, 20, whitening.Shape{Channels: 1, Height: size, Width: size}, whitening.Options{Components: 4})
	require.NoError(t, err)
	return Extras{Familiarity: description, Whitening: white}
}

func TestExtrasTravel(t *testing.T) {
	card, n, w := customModel(t, 16, 1)
	all := extras(t, 16)
	for _, e := range []Extras{{}, {Familiarity: all.Familiarity}, {Whitening: all.Whitening}, all} {
		data, err := EncodeWith(card, n, w, e)
		require.NoError(t, err)
		m, err := Decode(data)
		require.NoError(t, err)
		require.Equal(t, w, m.Weights)
		require.Equal(t, e.Familiarity != nil, m.Familiarity != nil)
		require.Equal(t, e.Whitening != nil, m.Whitening != nil)
		if e.Familiarity != nil {
			require.Equal(t, e.Familiarity.Encode(), m.Familiarity.Encode())
		}
		if e.Whitening != nil {
			require.Equal(t, e.Whitening.Encode(), m.Whitening.Encode())
		}
		again, err := EncodeWith(m.Card, m.Network, m.Weights, m.Extras)
		require.NoError(t, err)
		require.Equal(t, data, again)
	}
	plain, err := Encode(card, n, w)
	require.NoError(t, err)
	without, err := EncodeWith(card, n, w, Extras{})
	require.NoError(t, err)
	require.Equal(t, plain, without, "files without extras stay as they were")
}

func TestExtrasMustFitTheInput(t *testing.T) {
	card, n, w := customModel(t, 16, 1)
	other := extras(t, 24)
	for _, e := range []Extras{{Familiarity: other.Familiarity}, {Whitening: other.Whitening}} {
		_, err := EncodeWith(card, n, w, e)
		require.ErrorIs(t, err, inspection.ErrBadModel)
	}
}

func TestDecodeRefusesBrokenExtras(t *testing.T) {
	card, n, w := customModel(t, 16, 1)
	good, other := extras(t, 16), extras(t, 24)
	data, err := EncodeWith(card, n, w, good)
	require.NoError(t, err)
	encode := base64.StdEncoding.EncodeToString
	for name, change := range map[string]func(entries map[string]*onnxpb.StringStringEntryProto, file *onnxpb.ModelProto){
		"no base64": func(e map[string]*onnxpb.StringStringEntryProto, _ *onnxpb.ModelProto) {
			e[familiarityKey].Value = proto.String("<>")
		},
		"empty": func(e map[string]*onnxpb.StringStringEntryProto, _ *onnxpb.ModelProto) {
			e[whiteningKey].Value = proto.String("")
		},
		"cut short": func(e map[string]*onnxpb.StringStringEntryProto, _ *onnxpb.ModelProto) {
			e[whiteningKey].Value = proto.String(encode(good.Whitening.Encode()[:50]))
		},
		"familiarity cut short": func(e map[string]*onnxpb.StringStringEntryProto, _ *onnxpb.ModelProto) {
			e[familiarityKey].Value = proto.String(encode(good.Familiarity.Encode()[:50]))
		},
		"another input": func(e map[string]*onnxpb.StringStringEntryProto, _ *onnxpb.ModelProto) {
			e[whiteningKey].Value = proto.String(encode(other.Whitening.Encode()))
		},
		"familiarity of another input": func(e map[string]*onnxpb.StringStringEntryProto, _ *onnxpb.ModelProto) {
			e[familiarityKey].Value = proto.String(encode(other.Familiarity.Encode()))
		},
		"twice": func(e map[string]*onnxpb.StringStringEntryProto, file *onnxpb.ModelProto) {
			file.MetadataProps = append(file.MetadataProps, e[familiarityKey])
		},
	} {
		file := &onnxpb.ModelProto{}
		require.NoError(t, proto.Unmarshal(data, file))
		entries := map[string]*onnxpb.StringStringEntryProto{}
		for _, e := range file.GetMetadataProps() {
			entries[e.GetKey()] = e
		}
		change(entries, file)
		broken, err := proto.Marshal(file)
		require.NoError(t, err)
		m, err := Decode(broken)
		require.ErrorIs(t, err, inspection.ErrBadModel, name)
		require.Nil(t, m, name)
	}
}

// TestViewsTravelInTheCard, and those that cannot be are refused, written and read.
func TestViewsTravelInTheCard(t *testing.T) {
	card, n, w := customModel(t, 16, 1)
	n.Input.Views = 8
	data, err := Encode(card, n, w)
	require.NoError(t, err)
	m, err := Decode(data)
	require.NoError(t, err)
	require.Equal(t, 8, m.Card.Input.Views)
	require.Equal(t, 8, m.Network.Input.Views)
	_, err = Decode(bytes.Replace(data, []byte(`"views":8`), []byte(`"views":7`), 1))
	require.ErrorIs(t, err, inspection.ErrBadModel)
	require.ErrorContains(t, err, "7 views")
	n.Input.Views = 3
	_, err = Encode(card, n, w)
	require.ErrorIs(t, err, inspection.ErrBadModel)
}

func TestDecodeRefusesUnknownNormalization(t *testing.T) {
	card, n, w := customModel(t, 16, 1)
	n.Input.Normalization = inspection.NormalizationDisc
	data, err := Encode(card, n, w)
	require.NoError(t, err)
	m, err := Decode(data)
	require.NoError(t, err)
	require.Equal(t, inspection.NormalizationDisc, m.Card.Input.Normalization)
	n.Input.Normalization = "square"
	_, err = Encode(card, n, w)
	require.ErrorIs(t, err, inspection.ErrBadModel)
}
