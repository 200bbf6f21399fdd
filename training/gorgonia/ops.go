package gorgonia

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	g "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// base is what all ops of this package have in common. Each owns the value it
// returns, and returns the same one each time, but for the loss: hence ReturnsPtr
// and CallsExtern are false. All of them run inside network.run, on its thread.
type base struct {
	name string
	// id makes the hash unique. Gorgonia takes two nodes of equal hash for one.
	id     int
	inputs []hm.Type
	output hm.Type
	shape  tensor.Shape
}

// Arity is part of gorgonia.Op: the number of inputs.
func (b *base) Arity() int { return len(b.inputs) }

// Type is part of gorgonia.Op: a new function type each time, for Gorgonia recycles it.
func (b *base) Type() hm.Type {
	return hm.NewFnType(append(append([]hm.Type(nil), b.inputs...), b.output)...)
}

// InferShape is part of gorgonia.Op. A graph is built for one batch size, so the
// shape is known beforehand.
func (b *base) InferShape(...g.DimSizer) (tensor.Shape, error) { return b.shape.Clone(), nil }

// ReturnsPtr is part of gorgonia.Op: no, the output is the op's own.
func (b *base) ReturnsPtr() bool { return false }

// CallsExtern is part of gorgonia.Op: no, so that nothing copies the values.
func (b *base) CallsExtern() bool { return false }

// OverwritesInput is part of gorgonia.Op: none of the inputs (-1), for each op writes to memory of its own.
func (b *base) OverwritesInput() int { return -1 }

// WriteHash is part of gorgonia.Op. The id makes each op its own.
func (b *base) WriteHash(h hash.Hash) { _, _ = fmt.Fprintf(h, "%s#%d", b.name, b.id) }

// Hashcode is part of gorgonia.Op: WriteHash in 32 bits.
func (b *base) Hashcode() uint32 {
	h := fnv.New32a()
	b.WriteHash(h)
	return h.Sum32()
}

// String is part of gorgonia.Op: the name, by which drawn graphs and errors know the op.
func (b *base) String() string { return b.name }

// blockOp runs a block forward. Its inputs are x and the trainable parameters.
type blockOp struct {
	base
	network *network
	layer   *layer
}

// Do loads the parameters and runs the block on what its input tensor holds.
func (o *blockOp) Do(inputs ...g.Value) (g.Value, error) {
	p, err := o.layer.parameters(inputs[1:])
	if err != nil {
		return nil, err
	}
	if err := o.layer.block.Load(o.network.thread, p); err != nil {
		return nil, err
	}
	return blob{o.layer.block.Output()}, o.layer.block.Forward(o.network.thread)
}

// DiffWRT says that all inputs have a gradient, but for the images.
func (o *blockOp) DiffWRT(inputs int) []bool {
	d := make([]bool, inputs)
	for i := range d {
		d[i] = i > 0 || o.layer.inner
	}
	return d
}

// SymDiff adds the backward op, which returns the gradient of x and keeps those
// of the parameters, and an op for each parameter that picks its gradient.
func (o *blockOp) SymDiff(inputs g.Nodes, output, gradient *g.Node) (g.Nodes, error) {
	back := &backOp{base: o.network.base(o.name+" backward", append(append([]hm.Type(nil), o.inputs...), o.output, o.output), tensorType(4), o.layer.dims()), network: o.network, layer: o.layer}
	node, err := o.network.apply(back, append(append(g.Nodes(nil), inputs...), output, gradient)...)
	if err != nil {
		return nil, err
	}
	gradients := make(g.Nodes, len(inputs))
	if o.layer.inner {
		gradients[0] = node
	}
	for i, p := range o.layer.trainable {
		pick := &pickOp{base: o.network.base("gradient of "+p.name, []hm.Type{back.output}, tensorType(len(p.shape)), p.shape), gradient: p.gradient}
		if gradients[i+1], err = o.network.apply(pick, node); err != nil {
			return nil, err
		}
	}
	return gradients, nil
}

// backOp runs a block backward. Its inputs are those of the blockOp, its output
// and the gradient of that.
type backOp struct {
	base
	network *network
	layer   *layer
}

// Do fills the parameters' gradients and returns the gradient of x; for the
// first block, where there is none, the input itself stands in.
func (o *backOp) Do(inputs ...g.Value) (g.Value, error) {
	upstream, ok := inputs[len(inputs)-1].(blob)
	if !ok {
		return nil, fmt.Errorf("%s: gradient is a %T", o.name, inputs[len(inputs)-1])
	}
	if err := o.layer.block.Backward(o.network.thread, upstream.Tensor); err != nil {
		return nil, err
	}
	err := o.layer.block.Gradients(o.network.thread, o.layer.gradients())
	if !o.layer.inner {
		return inputs[0], err
	}
	return blob{o.layer.block.InputGradient()}, err
}

// pickOp returns one parameter's gradient once its input, the backOp, has run.
type pickOp struct {
	base
	gradient *tensor.Dense
}

// Do returns the gradient itself; the solver may change it.
func (o *pickOp) Do(...g.Value) (g.Value, error) { return o.gradient, nil }

// lossOp averages the map, and compares its sigmoid with the labels. Its inputs
// are map and labels.
type lossOp struct {
	base
	network *network
}

// Do returns the mean loss.
func (o *lossOp) Do(inputs ...g.Value) (g.Value, error) {
	labels, ok := inputs[1].Data().([]float32)
	if !ok {
		return nil, fmt.Errorf("labels are a %T", inputs[1].Data())
	}
	var err error
	o.network.loss, err = o.network.head.Forward(o.network.thread, labels, o.network.weights, nil)
	return g.NewF32(float32(o.network.loss)), err
}

// DiffWRT says that the map has a gradient.
func (o *lossOp) DiffWRT(int) []bool { return []bool{true, false} }

// SymDiff adds the backward op.
func (o *lossOp) SymDiff(inputs g.Nodes, output, gradient *g.Node) (g.Nodes, error) {
	back := &lossBackOp{base: o.network.base("loss backward", []hm.Type{o.inputs[0], o.inputs[1], o.output, o.output}, tensorType(4), inputs[0].Shape()), network: o.network}
	node, err := o.network.apply(back, inputs[0], inputs[1], output, gradient)
	return g.Nodes{node, nil}, err
}

// lossBackOp computes the gradient of the map. Its inputs are those of the
// lossOp, its output and the gradient of that.
type lossBackOp struct {
	base
	network *network
}

// Do returns the gradient of the map.
func (o *lossBackOp) Do(inputs ...g.Value) (g.Value, error) {
	factor, ok := inputs[3].Data().(float32)
	if !ok {
		return nil, fmt.Errorf("gradient of the loss is a %T", inputs[3].Data())
	}
	return blob{o.network.head.InputGradient()}, o.network.head.Backward(o.network.thread, factor)
}
