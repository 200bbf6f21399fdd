package onnx

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"
	"assay/inspection"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// spoiled returns the custom model's bytes after a change.
func spoiled(t testing.TB, change func(*onnxpb.ModelProto)) []byte {
	t.Helper()
	file := &onnxpb.ModelProto{}
	require.NoError(t, proto.Unmarshal(encodeCustom(t, 32), file))
	change(file)
	data, err := proto.Marshal(file)
	require.NoError(t, err)
	return data
}

// foreign makes the file one from elsewhere.
func foreign(file *onnxpb.ModelProto) {
	file.ProducerName, file.MetadataProps = proto.String("pytorch"), nil
}

// node returns the node of that name.
func node(file *onnxpb.ModelProto, name string) *onnxpb.NodeProto {
	for _, n := range file.GetGraph().GetNode() {
		if n.GetName() == name {
			return n
		}
	}
	panic("no node " + name)
}

func initializer(file *onnxpb.ModelProto, name string) *onnxpb.TensorProto {
	for _, w := range file.GetGraph().GetInitializer() {
		if w.GetName() == name {
			return w
		}
	}
	panic("no weight " + name)
}

func dimension(info *onnxpb.ValueInfoProto, i int) *onnxpb.TensorShapeProto_Dimension {
	return info.GetType().GetTensorType().GetShape().GetDim()[i]
}

func changeCard(file *onnxpb.ModelProto, change func(*inspection.ModelCard)) {
	var card inspection.ModelCard
	if err := json.Unmarshal([]byte(file.GetMetadataProps()[0].GetValue()), &card); err != nil {
		panic(err)
	}
	change(&card)
	text, err := json.Marshal(card)
	if err != nil {
		panic(err)
	}
	file.MetadataProps[0].Value = proto.String(string(text))
}

// refusals are changes that Decode must refuse, with a part of the sentence.
var refusals = map[string]struct {
	change func(*onnxpb.ModelProto)
	says   string
}{
	"no graph":      {func(f *onnxpb.ModelProto) { f.Graph = nil }, "no ONNX file"},
	"no opset":      {func(f *onnxpb.ModelProto) { f.OpsetImport = nil }, "no ONNX file"},
	"old opset":     {func(f *onnxpb.ModelProto) { f.OpsetImport[0].Version = proto.Int64(6) }, "operator set 6"},
	"future format": {func(f *onnxpb.ModelProto) { f.IrVersion = proto.Int64(99) }, "format version 99"},
	"functions":     {func(f *onnxpb.ModelProto) { f.Functions = []*onnxpb.FunctionProto{{}} }, "functions"},
	"training":      {func(f *onnxpb.ModelProto) { f.TrainingInfo = []*onnxpb.TrainingInfoProto{{}} }, "training information"},
	"sparse": {func(f *onnxpb.ModelProto) {
		f.Graph.SparseInitializer = []*onnxpb.SparseTensorProto{{}}
	}, "sparse"},
	"too many nodes": {func(f *onnxpb.ModelProto) {
		for range maxNodes {
			f.Graph.Node = append(f.Graph.Node, &onnxpb.NodeProto{})
		}
	}, "operators"},
	"too many fields": {func(f *onnxpb.ModelProto) {
		for range maxFields {
			f.MetadataProps = append(f.MetadataProps, &onnxpb.StringStringEntryProto{})
		}
	}, "fields"},

	"unknown operator": {func(f *onnxpb.ModelProto) { node(f, "relu1").OpType = proto.String("Gelu") }, `Gelu "relu1"`},
	"foreign operator": {func(f *onnxpb.ModelProto) { node(f, "relu1").Domain = proto.String("com.microsoft") }, "com.microsoft"},
	"dangling input":   {func(f *onnxpb.ModelProto) { node(f, "relu1").Input[0] = "nowhere" }, "comes later or not at all"},
	"no input":         {func(f *onnxpb.ModelProto) { node(f, "relu1").Input = nil }, "no input"},
	"two inputs":       {func(f *onnxpb.ModelProto) { node(f, "relu1").Input = []string{"conv1.output", "input"} }, "2 inputs"},
	"cycle":            {func(f *onnxpb.ModelProto) { node(f, "conv1").Input[0] = "pool4.output" }, "comes later"},
	"self":             {func(f *onnxpb.ModelProto) { node(f, "relu1").Input[0] = "relu1.output" }, "comes later"},
	"name twice":       {func(f *onnxpb.ModelProto) { node(f, "relu1").Output[0] = "conv1.output" }, "given twice"},
	"nameless output":  {func(f *onnxpb.ModelProto) { node(f, "relu1").Output[0] = "" }, "is empty"},
	"dead end": {func(f *onnxpb.ModelProto) {
		f.Graph.Node = append(f.Graph.Node, &onnxpb.NodeProto{OpType: proto.String("Relu"), Input: []string{"map"}, Output: []string{"end"}})
	}, "leads to no output"},
	"unknown attribute": {func(f *onnxpb.ModelProto) {
		node(f, "relu1").Attribute = []*onnxpb.AttributeProto{intAttribute("alpha", 1)}
	}, `"alpha" is not known`},
	"attribute twice": {func(f *onnxpb.ModelProto) {
		n := node(f, "conv1")
		n.Attribute = append(n.Attribute, intAttribute("group", 1))
	}, "given twice"},
	"attribute of wrong type": {func(f *onnxpb.ModelProto) {
		node(f, "norm2").Attribute = []*onnxpb.AttributeProto{intAttribute("epsilon", 1)}
	}, "wrong type"},
	"dilation":     {func(f *onnxpb.ModelProto) { setInts(node(f, "conv1"), "dilations", 2, 2) }, "dilation"},
	"oblong":       {func(f *onnxpb.ModelProto) { setInts(node(f, "conv1"), "kernel_shape", 3, 5) }, "two equal numbers"},
	"huge stride":  {func(f *onnxpb.ModelProto) { setInts(node(f, "pool1"), "strides", 1<<40, 1<<40) }, "two equal numbers"},
	"huge padding": {func(f *onnxpb.ModelProto) { setInts(node(f, "conv1"), "pads", 1<<40, 0, 0, 0) }, "padding"},
	"minus pads":   {func(f *onnxpb.ModelProto) { setInts(node(f, "conv1"), "pads", -1, 0, 0, 0) }, "padding"},
	"pool of pads": {func(f *onnxpb.ModelProto) { setInts(node(f, "pool1"), "pads", 2, 0, 0, 0) }, "cannot be run"},
	"groups":       {func(f *onnxpb.ModelProto) { setInt(node(f, "conv2"), "group", 5) }, "wants [16 6 3 3]"},
	"many groups":  {func(f *onnxpb.ModelProto) { setInt(node(f, "conv2"), "group", 1<<40) }, "groups"},
	"infinite epsilon": {func(f *onnxpb.ModelProto) {
		node(f, "norm2").Attribute = []*onnxpb.AttributeProto{floatAttribute("epsilon", float32(math.Inf(1)))}
	}, "epsilon"},

	"short weight":   {func(f *onnxpb.ModelProto) { initializer(f, "conv1.weight").RawData = make([]byte, 8) }, "holds 8 bytes"},
	"no weight":      {func(f *onnxpb.ModelProto) { initializer(f, "conv1.weight").Name = proto.String("other") }, "kernel"},
	"no bias":        {func(f *onnxpb.ModelProto) { initializer(f, "conv1.bias").Name = proto.String("other") }, "not in the file"},
	"weight twice":   {func(f *onnxpb.ModelProto) { initializer(f, "conv1.bias").Name = proto.String("conv1.weight") }, "given twice"},
	"half precision": {func(f *onnxpb.ModelProto) { initializer(f, "conv1.bias").DataType = proto.Int32(10) }, "number type 10"},
	"external": {func(f *onnxpb.ModelProto) {
		initializer(f, "conv1.bias").DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
	}, "another file"},
	"segment":           {func(f *onnxpb.ModelProto) { initializer(f, "conv1.bias").Segment = &onnxpb.TensorProto_Segment{} }, "segments"},
	"absurd dimensions": {func(f *onnxpb.ModelProto) { initializer(f, "conv1.bias").Dims = []int64{1 << 31, 1 << 31, 1 << 31} }, "dimensions"},
	"product overflow":  {func(f *onnxpb.ModelProto) { initializer(f, "conv1.bias").Dims = []int64{1 << 30, 1 << 30, 16} }, "dimensions"},
	"minus dimension":   {func(f *onnxpb.ModelProto) { initializer(f, "conv1.bias").Dims = []int64{-32} }, "dimensions"},
	"wrong dimensions":  {func(f *onnxpb.ModelProto) { initializer(f, "conv1.bias").Dims = []int64{4, 8} }, "wants [32]"},
	"NaN": {func(f *onnxpb.ModelProto) {
		copy(initializer(f, "conv1.bias").RawData, []byte{0, 0, 0xc0, 0x7f})
	}, "NaN"},
	"variance": {func(f *onnxpb.ModelProto) {
		copy(initializer(f, "norm2.variance").RawData, []byte{0, 0, 0x80, 0xbf})
	}, "variance of -1"},

	"no picture":      {func(f *onnxpb.ModelProto) { f.Graph.Input = nil }, "no input"},
	"two pictures":    {func(f *onnxpb.ModelProto) { f.Graph.Input = append(f.Graph.Input, valueInfo("b", 1, 1, 8, 8)) }, "several inputs"},
	"flat picture":    {func(f *onnxpb.ModelProto) { f.Graph.Input[0] = valueInfo("input", 1, 1024) }, "2 dimensions"},
	"many channels":   {func(f *onnxpb.ModelProto) { f.Graph.Input[0] = valueInfo("input", 1, 4, 32, 32) }, "wants 1 or 3 channels"},
	"huge picture":    {func(f *onnxpb.ModelProto) { f.Graph.Input[0] = valueInfo("input", 1, 1, 1<<20, 1<<20) }, "not fixed, or beyond"},
	"open size":       {func(f *onnxpb.ModelProto) { dimension(f.Graph.Input[0], 2).Value = nil }, "not fixed"},
	"whole numbers":   {func(f *onnxpb.ModelProto) { f.Graph.Input[0].GetType().GetTensorType().ElemType = proto.Int32(7) }, "32-bit floats"},
	"tiny picture":    {func(f *onnxpb.ModelProto) { f.Graph.Input[0] = valueInfo("input", 1, 1, 2, 2) }, "does not fit"},
	"no output":       {func(f *onnxpb.ModelProto) { f.Graph.Output = nil }, "no score"},
	"only a map":      {func(f *onnxpb.ModelProto) { f.Graph.Output = f.Graph.Output[1:] }, "no score"},
	"unknown output":  {func(f *onnxpb.ModelProto) { f.Graph.Output[0].Name = proto.String("nowhere") }, "computed nowhere"},
	"output of input": {func(f *onnxpb.ModelProto) { f.Graph.Output[1].Name = proto.String("input") }, "neither a score nor a map"},
	"three outputs":   {func(f *onnxpb.ModelProto) { f.Graph.Output = append(f.Graph.Output, f.Graph.Output[0]) }, "neither"},

	"broken card":   {func(f *onnxpb.ModelProto) { f.MetadataProps[0].Value = proto.String("{") }, "card cannot be read"},
	"no card":       {func(f *onnxpb.ModelProto) { f.MetadataProps = nil }, "card is missing"},
	"two cards":     {func(f *onnxpb.ModelProto) { f.MetadataProps = append(f.MetadataProps, f.MetadataProps[0]) }, "two cards"},
	"card of count": {func(f *onnxpb.ModelProto) { changeCard(f, func(c *inspection.ModelCard) { c.Parameters.Total = 5864 }) }, "5864 parameters"},
	"card of input": {func(f *onnxpb.ModelProto) { changeCard(f, func(c *inspection.ModelCard) { c.Input.Width = 33 }) }, "32×33"},
	"card of scale": {func(f *onnxpb.ModelProto) { changeCard(f, func(c *inspection.ModelCard) { c.Input.Scale = 0 }) }, "scales pixels by 0"},
	"card of thresholds": {func(f *onnxpb.ModelProto) {
		changeCard(f, func(c *inspection.ModelCard) { c.Thresholds.Pass = 2 })
	}, "thresholds"},
	"card of architecture": {func(f *onnxpb.ModelProto) { setInts(node(f, "conv5"), "pads", 1, 1, 1, 2) }, `architecture "custom"`},
}

func setInts(n *onnxpb.NodeProto, name string, values ...int64) {
	for _, a := range n.GetAttribute() {
		if a.GetName() == name {
			a.Ints = values
			return
		}
	}
	panic("no attribute " + name)
}

func setInt(n *onnxpb.NodeProto, name string, value int64) {
	for _, a := range n.GetAttribute() {
		if a.GetName() == name {
			a.I = proto.Int64(value)
			return
		}
	}
	panic("no attribute " + name)
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range refusals {
		t.Run(name, func(t *testing.T) {
			_, err := Decode(spoiled(t, c.change))
			require.ErrorIs(t, err, inspection.ErrBadModel)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// TestDecodeRefusesDamage cuts the file at each length and flips a bit in each
// byte: a cut file is never accepted, and nothing panics.
func TestDecodeRefusesDamage(t *testing.T) {
	data := encodeCustom(t, 16)
	step := 1
	if testing.Short() {
		step = 97
	}
	for n := 0; n < len(data); n += step {
		_, err := Decode(data[:n])
		require.ErrorIs(t, err, inspection.ErrBadModel, "cut at %d", n)
	}
	for i := 0; i < len(data); i += step {
		damaged := append([]byte(nil), data...)
		damaged[i] ^= 1 << (i % 8)
		if _, err := Decode(damaged); err != nil { // a flip in a weight is a model still
			require.ErrorIs(t, err, inspection.ErrBadModel, "flip at %d", i)
		}
	}
}

func TestDecodeRefusesNoise(t *testing.T) {
	for name, data := range map[string][]byte{
		"nothing": nil, "text": []byte("this is no model"), "PNG": []byte("\x89PNG\r\n\x1a\n"), "zeros": make([]byte, 4096),
	} {
		_, err := Decode(data)
		require.ErrorIs(t, err, inspection.ErrBadModel, name)
	}
}

func TestDecodeWithoutCard(t *testing.T) {
	m, err := Decode(spoiled(t, foreign))
	require.NoError(t, err)
	require.Equal(t, architecture.CustomName, m.Card.Architecture, "the structure tells")
	require.Empty(t, m.Card.Name)
	require.Equal(t, inspection.InputSpec{Channels: 1, Height: 32, Width: 32, Scale: 1.0 / 255}, m.Card.Input)
	require.Equal(t, inspection.Parameters{Total: 5865, Trainable: 5801, NonTrainable: 64}, m.Card.Parameters)
	require.NoError(t, m.Card.Thresholds.Validate())

	m, err = Decode(spoiled(t, func(f *onnxpb.ModelProto) {
		foreign(f)
		f.Graph.Output = f.Graph.Output[:1]
		setInts(node(f, "conv5"), "pads", 1, 1, 1, 2)
	}))
	require.NoError(t, err)
	require.Equal(t, Unknown, m.Card.Architecture)
	require.Equal(t, "conv5", m.Network.Map, "the map is found though it is no output")
}

// TestDecodeForms reads what other exporters write for the same network.
func TestDecodeForms(t *testing.T) {
	want, err := Decode(spoiled(t, foreign))
	require.NoError(t, err)
	for name, change := range map[string]func(*onnxpb.ModelProto){
		"numbers instead of bytes": func(f *onnxpb.ModelProto) {
			for _, w := range f.GetGraph().GetInitializer() {
				c, err := readTensor(w)
				require.NoError(t, err)
				w.RawData, w.FloatData = nil, c.floats
			}
		},
		"weights listed as inputs, format 3": func(f *onnxpb.ModelProto) {
			f.IrVersion = proto.Int64(3)
			f.Graph.Input = append([]*onnxpb.ValueInfoProto{valueInfo("conv1.bias", 32)}, f.Graph.Input...)
		},
		"open batch": func(f *onnxpb.ModelProto) {
			dimension(f.Graph.Input[0], 0).Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: "N"}
		},
		"automatic padding": func(f *onnxpb.ModelProto) {
			n := node(f, "conv2")
			n.Attribute = []*onnxpb.AttributeProto{{
				Name: proto.String("auto_pad"), S: []byte("SAME_UPPER"), Type: onnxpb.AttributeProto_STRING.Enum(),
			}}
		},
		"a weight in a Constant node": func(f *onnxpb.ModelProto) {
			w := f.Graph.Initializer[0]
			f.Graph.Initializer = f.Graph.Initializer[1:]
			f.Graph.Node = append([]*onnxpb.NodeProto{{
				OpType: proto.String("Constant"), Output: []string{w.GetName()},
				Attribute: []*onnxpb.AttributeProto{{Name: proto.String("value"), T: w, Type: onnxpb.AttributeProto_TENSOR.Enum()}},
			}}, f.Graph.Node...)
		},
		"mean by axes": func(f *onnxpb.ModelProto) {
			n := node(f, "logit")
			n.OpType, n.Attribute = proto.String("ReduceMean"), []*onnxpb.AttributeProto{intsAttribute("axes", -1, 2), intAttribute("keepdims", 0)}
		},
		"channels last": func(f *onnxpb.ModelProto) {
			f.Graph.Input[0] = valueInfo("input", 1, 32, 32, 1)
			f.Graph.Node = append([]*onnxpb.NodeProto{{
				OpType: proto.String("Transpose"), Input: []string{"input"}, Output: []string{"turned"},
				Attribute: []*onnxpb.AttributeProto{intsAttribute("perm", 0, 3, 1, 2)},
			}}, f.Graph.Node...)
			node(f, "conv1").Input[0] = "turned"
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(spoiled(t, func(f *onnxpb.ModelProto) {
				foreign(f)
				change(f)
			}))
			require.NoError(t, err)
			require.Equal(t, want.Network, got.Network)
			require.Equal(t, want.Weights, got.Weights)
		})
	}
}

// TestDecodeKerasBatchNorm: a product and a sum a channel, the constant on either side.
func TestDecodeKerasBatchNorm(t *testing.T) {
	change := func(sum ...string) []byte {
		return spoiled(t, func(f *onnxpb.ModelProto) {
			foreign(f)
			initializer(f, "norm3.scale").Dims = []int64{1, 8, 1, 1}
			initializer(f, "norm3.bias").Dims = []int64{8, 1, 1}
			for i, n := range f.GetGraph().GetNode() {
				if n.GetName() != "norm3" {
					continue
				}
				*n = onnxpb.NodeProto{OpType: proto.String("Mul"), Input: []string{"norm3.scale", n.GetInput()[0]}, Output: []string{"product"}}
				add := &onnxpb.NodeProto{OpType: proto.String("Add"), Input: sum, Output: []string{"norm3.output"}}
				f.Graph.Node = append(f.Graph.Node[:i+1], append([]*onnxpb.NodeProto{add}, f.Graph.Node[i+1:]...)...)
				return
			}
		})
	}
	whole, err := Decode(encodeCustom(t, 32))
	require.NoError(t, err)
	for _, sum := range [][]string{{"product", "norm3.bias"}, {"norm3.bias", "product"}} {
		m, err := Decode(change(sum...))
		require.NoError(t, err)
		require.Len(t, m.Network.Layers, len(whole.Network.Layers))
		l := m.Network.Layers[8]
		require.Equal(t, architecture.BatchNorm, l.Kind)
		require.Equal(t, whole.Weights["norm3.scale"], m.Weights[l.Name+".scale"])
		require.Equal(t, whole.Weights["norm3.bias"], m.Weights[l.Name+".bias"])
		require.Equal(t, make([]float32, 8), m.Weights[l.Name+".mean"])
	}
	_, err = Decode(change("product", "conv1.bias"))
	require.ErrorContains(t, err, "one constant for each of the 8 channels")
	_, err = Decode(change("product", "relu2.output"))
	require.ErrorIs(t, err, inspection.ErrBadModel)
}

func TestDecodeNamesNamelessLayers(t *testing.T) {
	m, err := Decode(spoiled(t, func(f *onnxpb.ModelProto) {
		for i, n := range f.GetGraph().GetNode() {
			n.Name = proto.String([]string{"", "relu_5", "same", "same", "a\x00b"}[i%5])
		}
	}))
	require.NoError(t, err)
	again, err := Encode(m.Card, m.Network, m.Weights)
	require.NoError(t, err)
	second, err := Decode(again)
	require.NoError(t, err)
	require.Equal(t, m.Network, second.Network)
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.onnx")
	data := encodeCustom(t, 32)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	m, err := ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, data, m.Bytes)
	require.Equal(t, inspection.ModelRef{Name: "casting", Version: 3, SHA256: m.SHA256}, m.Ref())
	require.Len(t, m.SHA256, 64)
	_, err = ReadFile(filepath.Join(dir, "none.onnx"))
	require.ErrorIs(t, err, inspection.ErrNotFound)
	require.ErrorContains(t, err, "none.onnx")
	_, err = ReadFile(dir)
	require.ErrorIs(t, err, inspection.ErrBadModel)
	huge := filepath.Join(dir, "huge.onnx")
	f, err := os.Create(huge)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(maxFileBytes+1))
	require.NoError(t, f.Close())
	_, err = ReadFile(huge)
	require.ErrorIs(t, err, inspection.ErrBadModel)
}

// TestDecodeMemoryIsBounded: four megabytes of empty operators would take some
// hundred once unmarshalled.
func TestDecodeMemoryIsBounded(t *testing.T) {
	graph := bytes.Repeat([]byte{0x0a, 0x00}, 2<<20)
	data := protowire.AppendBytes(protowire.AppendTag(nil, 7, protowire.BytesType), graph)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Decode(data)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, inspection.ErrBadModel)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}

// TestDecodeCostIsBounded: a small file must not ask for hours.
func TestDecodeCostIsBounded(t *testing.T) {
	data := spoiled(t, func(f *onnxpb.ModelProto) {
		foreign(f)
		f.Graph.Input[0] = valueInfo("input", 1, 1, 8192, 8192)
	})
	_, err := Decode(data)
	require.ErrorIs(t, err, inspection.ErrBadModel)
	require.ErrorContains(t, err, "makes 32×8192×8192 values")
	n := architecture.Custom(1400)
	n.Layers[3].Kernel, n.Layers[3].Pads = 45, [4]int{22, 22, 22, 22}
	w, err := n.Initialize(1)
	require.NoError(t, err)
	_, err = Encode(inspection.ModelCard{}, n, w)
	require.ErrorIs(t, err, inspection.ErrBadModel)
	require.ErrorContains(t, err, "operations")
}

// tinyModel returns a file with each kind of layer in some hundred bytes, which
// a fuzzer changes to better effect than a large one.
func tinyModel(t testing.TB) []byte {
	t.Helper()
	n := &architecture.Network{
		Name:  "tiny",
		Input: inspection.InputSpec{Channels: 1, Height: 4, Width: 4, Scale: 1},
		Layers: []architecture.Layer{
			{Name: "a", Kind: architecture.Conv, Inputs: []string{"input"}, Outputs: 1, Kernel: 1, Stride: 1, Bias: true},
			{Name: "b", Kind: architecture.BatchNorm, Inputs: []string{"a"}, Epsilon: 1},
			{Name: "c", Kind: architecture.ReLU, Inputs: []string{"b"}},
			{Name: "d", Kind: architecture.MaxPool, Inputs: []string{"c"}, Kernel: 2, Stride: 2},
			{Name: "e", Kind: architecture.GlobalAveragePool, Inputs: []string{"d"}},
			{Name: "f", Kind: architecture.Sigmoid, Inputs: []string{"e"}},
		},
		Score: "f", Map: "d",
	}
	w, err := n.Initialize(1)
	require.NoError(t, err)
	data, err := Encode(inspection.ModelCard{}, n, w)
	require.NoError(t, err)
	return data
}

// FuzzDecode: no bytes make Decode panic, each refusal is ErrBadModel, and what
// it accepts it can write and read again to the same bytes.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("\x08\x07\x3a\x00\x42\x04\x0a\x00\x10\x0d"))
	f.Add(tinyModel(f))
	file := &onnxpb.ModelProto{}
	require.NoError(f, proto.Unmarshal(tinyModel(f), file))
	foreign(file)
	file.Graph.Node[0].Attribute = nil
	data, err := proto.Marshal(file)
	require.NoError(f, err)
	f.Add(data)
	card, n, w := customModel(f, 16, 1)
	data, err = EncodeWith(card, n, w, extras(f, 16))
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			require.ErrorIs(t, err, inspection.ErrBadModel)
			return
		}
		first, err := EncodeWith(m.Card, m.Network, m.Weights, m.Extras)
		require.NoError(t, err)
		again, err := Decode(first)
		require.NoError(t, err)
		second, err := EncodeWith(again.Card, again.Network, again.Weights, again.Extras)
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}
