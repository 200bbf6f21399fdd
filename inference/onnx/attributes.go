package onnx

import (
	"math"

	"assay/inference/onnx/onnxpb"
)

// attributes reads the attributes of one node. The first error sticks, so that
// an operator reads all it needs and asks once; an attribute that nobody asked
// for is an error too, since ignoring it would change the result.
type attributes struct {
	node   *onnxpb.NodeProto
	byName map[string]*onnxpb.AttributeProto
	err    error
}

func newAttributes(node *onnxpb.NodeProto) *attributes {
	a := &attributes{node: node, byName: make(map[string]*onnxpb.AttributeProto, len(node.GetAttribute()))}
	for _, attribute := range node.GetAttribute() {
		if _, twice := a.byName[attribute.GetName()]; twice || attribute.GetRefAttrName() != "" {
			a.fail("its attribute %q is given twice or by reference", attribute.GetName())
		}
		a.byName[attribute.GetName()] = attribute
	}
	return a
}

func (a *attributes) fail(format string, arguments ...any) {
	if a.err == nil {
		a.err = nodeError(a.node, format, arguments...)
	}
}

// take removes and returns the attribute, or nil.
func (a *attributes) take(name string, kind onnxpb.AttributeProto_AttributeType) *onnxpb.AttributeProto {
	attribute, ok := a.byName[name]
	if !ok {
		return nil
	}
	delete(a.byName, name)
	if attribute.GetType() != kind {
		a.fail("its attribute %q has the wrong type", name)
		return nil
	}
	return attribute
}

func (a *attributes) number(name string, fallback int64) int64 {
	if attribute := a.take(name, onnxpb.AttributeProto_INT); attribute != nil {
		return attribute.GetI()
	}
	return fallback
}

func (a *attributes) numbers(name string) []int64 {
	return a.take(name, onnxpb.AttributeProto_INTS).GetInts()
}

func (a *attributes) text(name, fallback string) string {
	if attribute := a.take(name, onnxpb.AttributeProto_STRING); attribute != nil {
		return string(attribute.GetS())
	}
	return fallback
}

func (a *attributes) float(name string, fallback float32) float32 {
	attribute := a.take(name, onnxpb.AttributeProto_FLOAT)
	if attribute == nil {
		return fallback
	}
	if v := float64(attribute.GetF()); math.IsNaN(v) || math.IsInf(v, 0) {
		a.fail("its attribute %q is %v", name, v)
	}
	return attribute.GetF()
}

// ignore drops attributes that do not matter to inference.
func (a *attributes) ignore(names ...string) {
	for _, name := range names {
		delete(a.byName, name)
	}
}

// require fails unless the attribute is absent or has the one value that can be run.
func (a *attributes) require(name string, value int64) {
	if got := a.number(name, value); got != value {
		a.fail("its attribute %q is %d; only %d can be run", name, got, value)
	}
}

// square reads a pair such as [3,3] whose two numbers must be equal and within limits.
func (a *attributes) square(name string, fallback int) int {
	pair := a.numbers(name)
	if len(pair) == 0 {
		return fallback
	}
	if len(pair) != 2 || pair[0] != pair[1] || pair[0] < 1 || pair[0] > maxWindow {
		a.fail("its attribute %q is %v; two equal numbers from 1 to %d can be run", name, pair, maxWindow)
		return fallback
	}
	return int(pair[0])
}

// done returns the first error, or one for an attribute left over.
func (a *attributes) done() error {
	for name := range a.byName {
		a.fail("its attribute %q is not known", name)
	}
	return a.err
}

// nodeError names the node and what is wrong with it.
func nodeError(node *onnxpb.NodeProto, format string, arguments ...any) error {
	name := node.GetName()
	if name == "" && len(node.GetOutput()) > 0 {
		name = node.GetOutput()[0]
	}
	return badModel("operator %s %q: "+format, append([]any{node.GetOpType(), name}, arguments...)...)
}
