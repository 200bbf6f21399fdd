// Package architecture describes networks once, for training and inference
// alike: which layers, in which order, with which parameters. It computes
// nothing; training/gorgonia, inference/native and inference/onnx read it.
package architecture

import (
	"fmt"

	"assay/inspection"
)

// Kind is what a layer does.
type Kind string

// The layer kinds. Weights are laid out as ONNX lays them out.
const (
	// Conv is a 2-D convolution, weight (outputs, inputs/groups, kernel, kernel), with a bias where Bias is set.
	Conv Kind = "conv"
	// BatchNorm normalises each channel: scale, bias (trainable), mean, variance (not trainable).
	BatchNorm Kind = "batch_norm"
	// ReLU is max(0, x).
	ReLU Kind = "relu"
	// MaxPool takes the largest of each Kernel×Kernel window.
	MaxPool Kind = "max_pool"
	// GlobalAveragePool is the mean over height and width: (N,C,H,W) to (N,C).
	GlobalAveragePool Kind = "global_average_pool"
	// Sigmoid is 1/(1+exp(-x)).
	Sigmoid Kind = "sigmoid"
)

// InputName is how a layer names the network's input among its Inputs.
const InputName = "input"

// Layer is one node of the network's graph.
type Layer struct {
	// Name is unique in the network.
	Name string
	Kind Kind
	// Inputs are the names of the layers it reads, InputName for the network's input.
	Inputs []string

	// Outputs is the number of output channels of a Conv.
	Outputs int
	// Kernel and Stride are in pixels, for Conv and MaxPool.
	Kernel, Stride int
	// Pads are the zero rows and columns added at top, left, bottom and right.
	Pads [4]int
	// Groups is the number of channel groups of a Conv; 0 means 1.
	Groups int
	// Bias says whether a Conv adds a bias.
	Bias bool
	// Epsilon is added to the variance of a BatchNorm.
	Epsilon float32
}

// Network is a directed graph of layers in an order in which each follows its
// inputs.
type Network struct {
	// Name is the architecture's name: "custom".
	Name   string
	Input  inspection.InputSpec
	Layers []Layer
	// Score is the layer whose output (N,1) is the probability of a defect.
	Score string
	// Map is the layer whose output (N,1,h,w) is the class activation map; empty where there is none.
	Map string
}

// Shape is channels, height and width of one layer's output for one image.
type Shape struct{ C, H, W int }

// Parameter is one weight array of a network.
type Parameter struct {
	// Name is "layer.weight", "layer.bias", "layer.scale", "layer.mean" or "layer.variance".
	Name string
	// Shape has the dimensions in ONNX order.
	Shape []int
	// Trainable is false for the running statistics of a batch norm.
	Trainable bool
}

// Size returns the number of values.
func (p Parameter) Size() int {
	size := 1
	for _, d := range p.Shape {
		size *= d
	}
	return size
}

// Weights holds the values of each parameter by name. It is a map: whoever
// hands it on says whether the slices may be changed.
type Weights map[string][]float32

// Clone returns a deep copy.
func (w Weights) Clone() Weights {
	c := make(Weights, len(w))
	for name, values := range w {
		c[name] = append([]float32(nil), values...)
	}
	return c
}

// Layer returns the layer of that name.
func (n *Network) Layer(name string) (Layer, bool) {
	for _, l := range n.Layers {
		if l.Name == name {
			return l, true
		}
	}
	return Layer{}, false
}

// Shapes returns the output shape of each layer, keyed by name, with InputName
// for the input. It fails with inspection.ErrBadModel where the graph is broken.
func (n *Network) Shapes() (map[string]Shape, error) {
	in := Shape{n.Input.Channels, n.Input.Height, n.Input.Width}
	if in.C <= 0 || in.H <= 0 || in.W <= 0 {
		return nil, fmt.Errorf("%w: input %d×%d×%d", inspection.ErrBadModel, in.C, in.H, in.W)
	}
	shapes := map[string]Shape{InputName: in}
	for _, l := range n.Layers {
		s, err := l.outputShape(shapes)
		if err != nil {
			return nil, fmt.Errorf("%w: layer %q: %w", inspection.ErrBadModel, l.Name, err)
		}
		if _, taken := shapes[l.Name]; taken || l.Name == "" {
			return nil, fmt.Errorf("%w: layer name %q is empty or taken", inspection.ErrBadModel, l.Name)
		}
		shapes[l.Name] = s
	}
	return shapes, n.checkOutputs(shapes)
}

func (n *Network) checkOutputs(shapes map[string]Shape) error {
	if s, ok := shapes[n.Score]; !ok || s != (Shape{1, 1, 1}) {
		return fmt.Errorf("%w: score %q is not one value", inspection.ErrBadModel, n.Score)
	}
	if s, ok := shapes[n.Map]; n.Map != "" && (!ok || s.C != 1) {
		return fmt.Errorf("%w: map %q is not one channel", inspection.ErrBadModel, n.Map)
	}
	return nil
}

func (l Layer) outputShape(shapes map[string]Shape) (Shape, error) {
	if len(l.Inputs) != 1 {
		return Shape{}, fmt.Errorf("has %d inputs, wants 1", len(l.Inputs))
	}
	in, ok := shapes[l.Inputs[0]]
	if !ok {
		return Shape{}, fmt.Errorf("input %q comes later or not at all", l.Inputs[0])
	}
	return l.OutputShape(in)
}

// OutputShape returns the shape that the layer makes of an input of shape in.
func (l Layer) OutputShape(in Shape) (Shape, error) {
	switch l.Kind {
	case BatchNorm, ReLU, Sigmoid:
		return in, nil
	case GlobalAveragePool:
		return Shape{in.C, 1, 1}, nil
	case Conv:
		if l.Outputs <= 0 || l.Groups < 0 || in.C%l.groups() != 0 || l.Outputs%l.groups() != 0 {
			return Shape{}, fmt.Errorf("%d channels to %d in %d groups", in.C, l.Outputs, l.groups())
		}
		return l.windowed(in, l.Outputs)
	case MaxPool:
		return l.windowed(in, in.C)
	}
	return Shape{}, fmt.Errorf("kind %q is unknown", l.Kind)
}

// windowed returns the shape after sliding a window, as ONNX does with ceil_mode 0.
func (l Layer) windowed(in Shape, channels int) (Shape, error) {
	if l.Kernel <= 0 || l.Stride <= 0 {
		return Shape{}, fmt.Errorf("kernel %d, stride %d", l.Kernel, l.Stride)
	}
	out := Shape{
		C: channels,
		H: (in.H+l.Pads[0]+l.Pads[2]-l.Kernel)/l.Stride + 1,
		W: (in.W+l.Pads[1]+l.Pads[3]-l.Kernel)/l.Stride + 1,
	}
	if in.H+l.Pads[0]+l.Pads[2] < l.Kernel || in.W+l.Pads[1]+l.Pads[3] < l.Kernel {
		return Shape{}, fmt.Errorf("a %d-pixel window does not fit %d×%d", l.Kernel, in.H, in.W)
	}
	return out, nil
}

func (l Layer) groups() int { return max(l.Groups, 1) }

// Parameters lists the weight arrays in layer order. The shapes must be valid:
// it fails as Shapes does.
func (n *Network) Parameters() ([]Parameter, error) {
	shapes, err := n.Shapes()
	if err != nil {
		return nil, err
	}
	var list []Parameter
	for _, l := range n.Layers {
		in := shapes[l.Inputs[0]]
		switch l.Kind {
		case Conv:
			list = append(list, Parameter{l.Name + ".weight", []int{l.Outputs, in.C / l.groups(), l.Kernel, l.Kernel}, true})
			if l.Bias {
				list = append(list, Parameter{l.Name + ".bias", []int{l.Outputs}, true})
			}
		case BatchNorm:
			c := []int{in.C}
			list = append(list,
				Parameter{l.Name + ".scale", c, true}, Parameter{l.Name + ".bias", c, true},
				Parameter{l.Name + ".mean", c, false}, Parameter{l.Name + ".variance", c, false})
		}
	}
	return list, nil
}

// Count returns the parameter counts as Keras reports them.
func (n *Network) Count() (inspection.Parameters, error) {
	list, err := n.Parameters()
	if err != nil {
		return inspection.Parameters{}, err
	}
	var p inspection.Parameters
	for _, a := range list {
		p.Total += a.Size()
		if a.Trainable {
			p.Trainable += a.Size()
		}
	}
	p.NonTrainable = p.Total - p.Trainable
	return p, nil
}

// Check reports, as inspection.ErrBadModel, the first parameter that is missing
// from w or has the wrong number of values.
func (n *Network) Check(w Weights) error {
	list, err := n.Parameters()
	if err != nil {
		return err
	}
	for _, p := range list {
		if len(w[p.Name]) != p.Size() {
			return fmt.Errorf("%w: parameter %q has %d values, wants %v", inspection.ErrBadModel, p.Name, len(w[p.Name]), p.Shape)
		}
	}
	return nil
}
