package onnx

import (
	"math"
	"unicode"
	"unicode/utf8"

	"assay/inference/architecture"
	"assay/inference/onnx/onnxpb"
	"assay/inspection"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Limits on a file from outside. The largest network of the paper (ResNet50)
// has 95 MB, 23.6 M values and 4 G multiply-adds; a file beyond these limits is
// a mistake or an attack.
const (
	maxFileBytes   = 256 << 20
	maxCardBytes   = 1 << 20
	maxFields      = 100_000   // protobuf fields outside packed numbers
	maxDepth       = 12        // nesting of protobuf messages
	maxInputSide   = 8192      // pixels
	maxWindow      = 1024      // kernel, stride and padding, pixels
	maxActivations = 64 << 20  // values of one layer's output for one image
	maxOperations  = 100 << 30 // multiply-adds for one image
	maxParameters  = 60 << 20
	maxNodes       = 5000
	maxBatch       = 1024
	maxNameBytes   = 128
)

// checkFieldCount counts the fields of a serialized ModelProto, going down into
// messages. A file of empty messages takes two bytes each but some hundred in
// memory once unmarshalled: counting first keeps memory proportional to the file.
func checkFieldCount(data []byte) error {
	budget := maxFields
	return countFields(data, (&onnxpb.ModelProto{}).ProtoReflect().Descriptor(), 0, &budget)
}

func countFields(data []byte, message protoreflect.MessageDescriptor, depth int, budget *int) error {
	if depth > maxDepth {
		return badModel("its messages are nested too deeply")
	}
	for len(data) > 0 {
		if *budget--; *budget < 0 {
			return badModel("it has more than %d fields", maxFields)
		}
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return badModel("it is no ONNX file, or is cut short")
		}
		data = data[n:]
		n = protowire.ConsumeFieldValue(number, kind, data)
		if n < 0 {
			return badModel("it is no ONNX file, or is cut short")
		}
		field := message.Fields().ByNumber(number)
		if kind == protowire.BytesType && field != nil && field.Message() != nil {
			inner, _ := protowire.ConsumeBytes(data)
			if err := countFields(inner, field.Message(), depth+1, budget); err != nil {
				return err
			}
		}
		data = data[n:]
	}
	return nil
}

// checkCost refuses a network that would take absurd memory or time.
func checkCost(n *architecture.Network, shapes map[string]architecture.Shape) error {
	in := n.Input
	if (in.Channels != 1 && in.Channels != 3) || in.Height > maxInputSide || in.Width > maxInputSide {
		return badModel("its input is %d×%d×%d: wants 1 or 3 channels and at most %d pixels a side",
			in.Channels, in.Height, in.Width, maxInputSide)
	}
	operations := 0.0
	for _, l := range n.Layers {
		s := shapes[l.Name]
		size := float64(s.C) * float64(s.H) * float64(s.W)
		if size > maxActivations {
			return badModel("layer %q makes %d×%d×%d values", l.Name, s.C, s.H, s.W)
		}
		work := size
		if l.Kind == architecture.Conv || l.Kind == architecture.MaxPool {
			work *= float64(l.Kernel) * float64(l.Kernel)
		}
		if l.Kind == architecture.Conv {
			work *= float64(shapes[l.Inputs[0]].C / max(l.Groups, 1))
		}
		operations += work
	}
	if operations > maxOperations {
		return badModel("one image would take %.0f operations", operations)
	}
	count, err := n.Count()
	if err == nil && count.Total > maxParameters {
		return badModel("it has %d parameters", count.Total)
	}
	return err
}

// checkReachable refuses a layer that leads to neither output.
func checkReachable(n *architecture.Network) error {
	needed := map[string]bool{n.Score: true, n.Map: true}
	for i := len(n.Layers) - 1; i >= 0; i-- {
		l := n.Layers[i]
		if !needed[l.Name] {
			return badModel("layer %q leads to no output", l.Name)
		}
		for _, input := range l.Inputs {
			needed[input] = true
		}
	}
	return nil
}

// checkValues refuses weights that would make scores meaningless.
func checkValues(n *architecture.Network, w architecture.Weights) error {
	list, err := n.Parameters()
	if err != nil {
		return err
	}
	for _, p := range list {
		for i, v := range w[p.Name] {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return badModel("parameter %q holds %v at %d", p.Name, v, i)
			}
		}
	}
	for _, l := range n.Layers {
		if l.Kind != architecture.BatchNorm {
			continue
		}
		for _, v := range w[l.Name+".variance"] {
			if !(v >= 0 && v+l.Epsilon > 0) {
				return badModel("layer %q has a variance of %v", l.Name, v)
			}
		}
	}
	return nil
}

// checkCard refuses a card whose numbers cannot be used.
func checkCard(c inspection.ModelCard) error {
	for _, v := range []float32{c.Input.Scale, c.Input.Offset} {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return badModel("its card scales pixels by %v and %v", c.Input.Scale, c.Input.Offset)
		}
	}
	if n := c.Input.Normalization; n != inspection.NormalizationNone && n != inspection.NormalizationDisc {
		return badModel("its card asks for normalisation %q, which this version does not know", n)
	}
	if err := c.Input.ValidateViews(); err != nil {
		return badModel("its card asks for %v", err)
	}
	if c.Input.Scale == 0 {
		return badModel("its card scales pixels by 0")
	}
	if err := c.Thresholds.Validate(); err != nil {
		return badModel("its card's %v", err)
	}
	return nil
}

// usableName reports whether a layer may have the name: short, printable, and
// not the input's.
func usableName(name string) bool {
	if name == "" || name == architecture.InputName || len(name) > maxNameBytes || !utf8.ValidString(name) {
		return false
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}
