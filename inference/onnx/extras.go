package onnx

import (
	"encoding/base64"

	"assay/inference/familiarity"
	"assay/inference/onnx/onnxpb"
	"assay/inference/whitening"
	"assay/inspection"

	"google.golang.org/protobuf/proto"
)

// The metadata keys of the extras, which are in base64.
const (
	familiarityKey = "assay.familiarity"
	whiteningKey   = "assay.whitening"
)

// Extras is what a model may carry beside its network and its card. Files
// without a card have none.
type Extras struct {
	// Familiarity describes the training pictures; nil where the model cannot tell strange pictures from its own.
	Familiarity *familiarity.Description
	// Whitening is the last step before the network, after scale and offset; nil where the model takes pixels as they are.
	Whitening *whitening.Whitening
}

// check refuses extras that were made for another input.
func (e Extras) check(in inspection.InputSpec) error {
	if e.Familiarity != nil && !e.Familiarity.Fits(in) {
		return badModel("its familiarity was made for another input than %d×%d×%d", in.Channels, in.Height, in.Width)
	}
	if e.Whitening != nil && e.Whitening.Shape() != (whitening.Shape{Channels: in.Channels, Height: in.Height, Width: in.Width}) {
		return badModel("its whitening was made for another input than %d×%d×%d", in.Channels, in.Height, in.Width)
	}
	return nil
}

// entries returns the metadata that the extras travel in.
func (e Extras) entries() []*onnxpb.StringStringEntryProto {
	var list []*onnxpb.StringStringEntryProto
	if e.Familiarity != nil {
		list = append(list, entry(familiarityKey, base64.StdEncoding.EncodeToString(e.Familiarity.Encode())))
	}
	if e.Whitening != nil {
		list = append(list, entry(whiteningKey, base64.StdEncoding.EncodeToString(e.Whitening.Encode())))
	}
	return list
}

func entry(key, value string) *onnxpb.StringStringEntryProto {
	return &onnxpb.StringStringEntryProto{Key: proto.String(key), Value: proto.String(value)}
}

// readExtras reads and checks what entries wrote.
func readExtras(file *onnxpb.ModelProto, in inspection.InputSpec) (Extras, error) {
	var e Extras
	data, err := readExtra(file, familiarityKey)
	if err != nil {
		return e, err
	}
	if data != nil {
		if e.Familiarity, err = familiarity.Decode(data); err != nil {
			return e, err
		}
	}
	if data, err = readExtra(file, whiteningKey); err != nil {
		return e, err
	}
	if data != nil {
		if e.Whitening, err = whitening.Decode(data); err != nil {
			return e, badModel("its whitening cannot be read: %v", err)
		}
	}
	return e, e.check(in)
}

// readExtra returns the bytes under a key, nil where there are none.
func readExtra(file *onnxpb.ModelProto, key string) (data []byte, err error) {
	for _, entry := range file.GetMetadataProps() {
		if entry.GetKey() != key {
			continue
		}
		if data != nil {
			return nil, badModel("it carries %q twice", key)
		}
		if data, err = base64.StdEncoding.DecodeString(entry.GetValue()); err != nil || len(data) == 0 {
			return nil, badModel("its %q is not in base64", key)
		}
	}
	return data, nil
}
