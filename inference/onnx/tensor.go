package onnx

import (
	"encoding/binary"
	"math"

	"assay/inference/onnx/onnxpb"
)

// constant is a weight or a shape that the file holds.
type constant struct {
	dims    []int
	floats  []float32
	numbers []int64
}

// readTensor checks that the number of values is that of the dimensions before
// it allocates anything: a tensor can never ask for more than the file holds.
func readTensor(t *onnxpb.TensorProto) (constant, error) {
	if t.GetDataLocation() == onnxpb.TensorProto_EXTERNAL || len(t.GetExternalData()) > 0 {
		return constant{}, badModel("weight %q lies in another file: save the model as one file", t.GetName())
	}
	if t.GetSegment() != nil {
		return constant{}, badModel("weight %q is split into segments", t.GetName())
	}
	var c constant
	size := 1
	for _, d := range t.GetDims() {
		if d < 0 || d > math.MaxInt32 || (d > 0 && int64(size) > maxFileBytes/d) {
			return constant{}, badModel("weight %q has dimensions %v", t.GetName(), t.GetDims())
		}
		size *= int(d)
		c.dims = append(c.dims, int(d))
	}
	switch onnxpb.TensorProto_DataType(t.GetDataType()) {
	case onnxpb.TensorProto_FLOAT:
		return c, c.readFloats(t, size)
	case onnxpb.TensorProto_INT64:
		return c, c.readNumbers(t, size)
	}
	return constant{}, badModel("weight %q has number type %d; 32-bit floats can be read", t.GetName(), t.GetDataType())
}

func (c *constant) readFloats(t *onnxpb.TensorProto, size int) error {
	raw, typed := t.GetRawData(), t.GetFloatData()
	switch {
	case len(raw) == 4*size && len(typed) == 0:
		c.floats = make([]float32, size)
		for i := range c.floats {
			c.floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		}
	case len(typed) == size && len(raw) == 0:
		c.floats = append(make([]float32, 0, size), typed...)
	default:
		return badModel("weight %q holds %d bytes and %d numbers for dimensions %v", t.GetName(), len(raw), len(typed), t.GetDims())
	}
	return nil
}

func (c *constant) readNumbers(t *onnxpb.TensorProto, size int) error {
	raw, typed := t.GetRawData(), t.GetInt64Data()
	switch {
	case len(raw) == 8*size && len(typed) == 0:
		c.numbers = make([]int64, size)
		for i := range c.numbers {
			c.numbers[i] = int64(binary.LittleEndian.Uint64(raw[8*i:])) // the sign bit is the top bit
		}
	case len(typed) == size && len(raw) == 0:
		c.numbers = append(make([]int64, 0, size), typed...)
	default:
		return badModel("constant %q holds %d bytes and %d numbers for dimensions %v", t.GetName(), len(raw), len(typed), t.GetDims())
	}
	return nil
}
