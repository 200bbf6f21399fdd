package architecture

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"assay/inspection"
)

// CustomName names the paper's network for `assay train --model`.
const CustomName = "custom"

// Custom returns the paper's Custom CNN (5,865 parameters, 64 of them batch-norm
// statistics) for size×size grayscale images: four blocks of convolution,
// [batch norm], ReLU and [2×2 max pooling], then a one-channel convolution whose
// map, averaged, is the logit. That map is the class activation map. Sizes of at
// least 8 pixels are possible; odd sizes drop the last row and column at a pool.
func Custom(size int) *Network {
	b := builder{last: InputName}
	b.conv("conv1", 32, 3)
	b.relu("relu1")
	b.pool("pool1")
	b.conv("conv2", 16, 3)
	b.batchNorm("norm2")
	b.relu("relu2")
	b.pool("pool2")
	b.conv("conv3", 8, 1)
	b.batchNorm("norm3")
	b.relu("relu3")
	b.conv("conv4", 8, 3)
	b.batchNorm("norm4")
	b.relu("relu4")
	b.pool("pool4")
	b.conv("conv5", 1, 3)
	b.add(Layer{Name: "logit", Kind: GlobalAveragePool})
	b.add(Layer{Name: "score", Kind: Sigmoid})
	return &Network{
		Name:   CustomName,
		Input:  inspection.InputSpec{Channels: 1, Height: size, Width: size, Scale: 1.0 / 255},
		Layers: b.layers,
		Score:  "score",
		Map:    "conv5",
	}
}

// New returns the architecture of that name for size×size images, or
// inspection.ErrNotFound.
func New(name string, size int) (*Network, error) {
	if name != CustomName {
		return nil, fmt.Errorf("architecture %q: %w (known: %s)", name, inspection.ErrNotFound, CustomName)
	}
	n := Custom(size)
	if _, err := n.Shapes(); err != nil {
		return nil, err
	}
	return n, nil
}

// Initialize returns fresh weights: Glorot uniform for convolutions and zero
// biases, as Keras does; scale and variance 1. The same seed gives the same bits.
func (n *Network) Initialize(seed uint64) (Weights, error) {
	list, err := n.Parameters()
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(seed, 0x6173736179)) //nolint:gosec // weights need no secrecy
	w := make(Weights, len(list))
	for _, p := range list {
		values := make([]float32, p.Size())
		w[p.Name] = values
		switch {
		case len(p.Shape) == 4:
			area := p.Shape[2] * p.Shape[3]
			limit := math.Sqrt(6 / float64((p.Shape[0]+p.Shape[1])*area))
			for i := range values {
				values[i] = float32((random.Float64()*2 - 1) * limit)
			}
		case strings.HasSuffix(p.Name, ".scale"), strings.HasSuffix(p.Name, ".variance"):
			for i := range values {
				values[i] = 1
			}
		}
	}
	return w, nil
}

// builder strings layers into a chain.
type builder struct {
	layers []Layer
	last   string
}

func (b *builder) add(l Layer) {
	l.Inputs = []string{b.last}
	b.layers = append(b.layers, l)
	b.last = l.Name
}

func (b *builder) conv(name string, outputs, kernel int) {
	p := kernel / 2
	b.add(Layer{Name: name, Kind: Conv, Outputs: outputs, Kernel: kernel, Stride: 1, Pads: [4]int{p, p, p, p}, Bias: true})
}

// batchNorm uses Keras' epsilon.
func (b *builder) batchNorm(name string) {
	b.add(Layer{Name: name, Kind: BatchNorm, Epsilon: 1e-3})
}

func (b *builder) relu(name string) { b.add(Layer{Name: name, Kind: ReLU}) }

func (b *builder) pool(name string) {
	b.add(Layer{Name: name, Kind: MaxPool, Kernel: 2, Stride: 2})
}
