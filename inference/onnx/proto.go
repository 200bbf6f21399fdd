package onnx

import (
	"encoding/binary"
	"math"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"

	"google.golang.org/protobuf/proto"
)

// valueInfo describes a float tensor of these dimensions.
func valueInfo(name string, dims ...int) *onnxpb.ValueInfoProto {
	shape := &onnxpb.TensorShapeProto{}
	for _, d := range dims {
		shape.Dim = append(shape.Dim, &onnxpb.TensorShapeProto_Dimension{
			Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: int64(d)},
		})
	}
	tensor := &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(int32(onnxpb.TensorProto_FLOAT)), Shape: shape}
	return &onnxpb.ValueInfoProto{
		Name: proto.String(name),
		Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: tensor}},
	}
}

func intAttribute(name string, value int) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{
		Name: proto.String(name), I: proto.Int64(int64(value)), Type: onnxpb.AttributeProto_INT.Enum(),
	}
}

func intsAttribute(name string, values ...int) *onnxpb.AttributeProto {
	a := &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_INTS.Enum()}
	for _, v := range values {
		a.Ints = append(a.Ints, int64(v))
	}
	return a
}

func floatAttribute(name string, value float32) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{
		Name: proto.String(name), F: proto.Float32(value), Type: onnxpb.AttributeProto_FLOAT.Enum(),
	}
}

// floatTensor writes values as raw little-endian bytes, the form every reader knows.
func floatTensor(p architecture.Parameter, values []float32) *onnxpb.TensorProto {
	t := &onnxpb.TensorProto{
		Name:     proto.String(p.Name),
		DataType: proto.Int32(int32(onnxpb.TensorProto_FLOAT)),
		RawData:  make([]byte, 0, 4*len(values)),
	}
	for _, d := range p.Shape {
		t.Dims = append(t.Dims, int64(d))
	}
	for _, v := range values {
		t.RawData = binary.LittleEndian.AppendUint32(t.RawData, math.Float32bits(v))
	}
	return t
}
