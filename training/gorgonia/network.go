package gorgonia

import (
	"errors"
	"fmt"
	"sync"

	"assay/inference/architecture"
	"assay/inference/native"
	"assay/inspection"
	"assay/internal/kernels"

	"github.com/chewxy/hm"
	g "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// building guards Gorgonia's package-level nodes, which graphs copy and hash.
var building sync.Mutex

// network is a graph with the blocks that compute it.
type network struct {
	input  *kernels.Tensor
	labels *tensor.Dense
	// weights is what each image counts in the loss of the next run; nil for 1 each.
	weights []float32
	layers  []*layer
	head    *kernels.Head
	// schedule lists the graph's operations in an order in which they can run.
	schedule []operation
	// thread is the executor's, while run is running there.
	thread *kernels.Thread
	// model lists the parameters' nodes in the order of parameters.
	model      []g.ValueGrad
	parameters []*parameter
	// loss is that of the last run, in full precision.
	loss float64
	ids  int
}

// layer is a block with its parameters.
type layer struct {
	part  native.Part
	block *kernels.Block
	input *kernels.Tensor
	// inner is false for the first layer, whose input has no gradient.
	inner     bool
	trainable []*parameter
	// mean and variance are the running statistics; nil without a batch norm.
	mean, variance []float32
}

// parameter is a trainable parameter: a tensor of Gorgonia's, with its gradient.
type parameter struct {
	name            string
	shape           tensor.Shape
	value, gradient *tensor.Dense
	node            *g.Node
	frozen          bool
}

func (p *parameter) floats() []float32 { return p.value.Data().([]float32) }

// slope returns the gradient's values.
func (p *parameter) slope() []float32 { return p.gradient.Data().([]float32) }

// base returns the common part of an op with an id of its own.
func (n *network) base(name string, inputs []hm.Type, output hm.Type, shape tensor.Shape) base {
	n.ids++
	return base{name: name, id: n.ids, inputs: inputs, output: output, shape: shape}
}

// build makes blocks and graph for batches of that size.
func build(executor *kernels.Executor, a *architecture.Network, batch int) (*network, error) {
	parts, err := native.Plan(a)
	if err != nil {
		return nil, err
	}
	n := &network{labels: tensor.New(tensor.WithShape(batch), tensor.Of(tensor.Float32))}
	in := kernels.Shape{N: batch, C: a.Input.Channels, H: a.Input.Height, W: a.Input.Width}
	err = executor.Do(func(t *kernels.Thread) error { return n.makeBlocks(t, parts, in) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrBadModel, err)
	}
	list, err := a.Parameters()
	if err != nil {
		return nil, err
	}
	for _, l := range n.layers {
		l.addParameters(list)
		n.parameters = append(n.parameters, l.trainable...)
	}
	if len(n.parameters) == 0 {
		return nil, fmt.Errorf("%w: nothing in it can be trained", inspection.ErrBadModel)
	}
	return n, n.makeGraph()
}

func (n *network) makeBlocks(t *kernels.Thread, parts []native.Part, in kernels.Shape) error {
	var err error
	if n.input, err = kernels.NewTensor(t, in); err != nil {
		return err
	}
	x := n.input
	for i, p := range parts {
		spec := p.Spec
		spec.Training, spec.InputGradient = true, i > 0
		block, err := kernels.NewBlock(t, spec, x)
		if err != nil {
			return fmt.Errorf("layer %q: %w", p.Last, err)
		}
		n.layers = append(n.layers, &layer{part: p, block: block, input: x, inner: i > 0})
		x = block.Output()
	}
	n.head, err = kernels.NewHead(t, x)
	return err
}

// addParameters makes tensors for the layer's share of the network's parameters,
// in the order weight, bias, scale, shift: that of the op's inputs.
func (l *layer) addParameters(list []architecture.Parameter) {
	conv, norm := l.part.Conv, l.part.Norm
	for _, name := range []string{conv + ".weight", conv + ".bias", norm + ".scale", norm + ".bias"} {
		for _, p := range list {
			if p.Name != name {
				continue
			}
			shape := tensor.Shape(p.Shape)
			l.trainable = append(l.trainable, &parameter{name: name, shape: shape,
				value:    tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32)),
				gradient: tensor.New(tensor.WithShape(shape...), tensor.Of(tensor.Float32))})
		}
	}
	for _, p := range list {
		switch p.Name {
		case norm + ".mean":
			l.mean = make([]float32, p.Size())
		case norm + ".variance":
			l.variance = make([]float32, p.Size())
		}
	}
}

// makeGraph builds the forward graph and lets Gorgonia differentiate it.
func (n *network) makeGraph() (err error) {
	building.Lock()
	defer building.Unlock()
	defer func() {
		if r := recover(); r != nil { // Gorgonia panics where its types do not fit
			err = fmt.Errorf("build the graph: %v", r)
		}
	}()
	graph := g.NewGraph()
	batch := n.input.Shape().N
	x := g.NewTensor(graph, tensor.Float32, 4, g.WithShape(blob{n.input}.dims()...), g.WithName("images"), g.WithValue(blob{n.input}))
	labels := g.NewTensor(graph, tensor.Float32, 1, g.WithShape(batch), g.WithName("labels"), g.WithValue(n.labels))
	var wanted g.Nodes
	for _, l := range n.layers {
		inputs := g.Nodes{x}
		types := []hm.Type{tensorType(4)}
		for _, p := range l.trainable {
			p.node = g.NewTensor(graph, tensor.Float32, len(p.shape), g.WithShape(p.shape...), g.WithName(p.name), g.WithValue(p.value))
			inputs, types = append(inputs, p.node), append(types, tensorType(len(p.shape)))
			wanted = append(wanted, p.node)
		}
		op := &blockOp{base: n.base(l.part.Last, types, tensorType(4), blob{l.block.Output()}.dims()), network: n, layer: l}
		if x, err = n.apply(op, inputs...); err != nil {
			return fmt.Errorf("layer %q: %w", l.part.Last, err)
		}
	}
	loss := &lossOp{base: n.base("loss", []hm.Type{tensorType(4), tensorType(1)}, tensor.Float32, tensor.ScalarShape()), network: n}
	cost, err := n.apply(loss, x, labels)
	if err != nil {
		return fmt.Errorf("loss: %w", err)
	}
	if _, err = g.Grad(cost, wanted...); err != nil {
		return fmt.Errorf("differentiate: %w", err)
	}
	n.model = g.NodesToValueGrads(wanted)
	return nil
}

// parameters sorts an op's parameter values into the block's.
func (l *layer) parameters(values []g.Value) (kernels.Parameters, error) {
	var p kernels.Parameters
	slots := l.slots(&p.Weight, &p.Bias, &p.Scale, &p.Shift)
	if len(values) != len(slots) {
		return p, errors.New("wrong number of parameters")
	}
	for i, v := range values {
		floats, ok := v.Data().([]float32)
		if !ok {
			return p, fmt.Errorf("parameter %q is a %T", l.trainable[i].name, v.Data())
		}
		*slots[i] = floats
	}
	return p, nil
}

// gradients returns the memory that the block's gradients go to.
func (l *layer) gradients() kernels.Gradients {
	var k kernels.Gradients
	for i, slot := range l.slots(&k.Weight, &k.Bias, &k.Scale, &k.Shift) {
		*slot = l.trainable[i].slope()
	}
	return k
}

// slots returns those of the four that the layer has, in the order of trainable.
func (l *layer) slots(weight, bias, scale, shift *[]float32) []*[]float32 {
	var s []*[]float32
	if c := l.part.Spec.Conv; c != nil {
		s = append(s, weight)
		if c.Bias {
			s = append(s, bias)
		}
	}
	if l.part.Spec.Norm {
		s = append(s, scale, shift)
	}
	return s
}

// dims is the shape of what the layer's backOp returns.
func (l *layer) dims() tensor.Shape {
	if l.inner {
		return blob{l.block.InputGradient()}.dims()
	}
	return blob{l.input}.dims() // the input stands in for it
}
