package kernels_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"assay/internal/kernels"
	"assay/internal/kernels/reference"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// blockCase is a block with the input it is tried on.
type blockCase struct {
	name  string
	spec  kernels.Spec
	input kernels.Shape
	// forwardOnly spares the finite differences of a large case.
	forwardOnly bool
}

func conv(outputs, kernel int) *kernels.Conv {
	p := kernel / 2
	return &kernels.Conv{Outputs: outputs, Kernel: kernel, Stride: 1, Pads: [4]int{p, p, p, p}, Bias: true}
}

var (
	pool2   = kernels.Pool{Kind: kernels.MaxPool, Kernel: 2, Stride: 2}
	average = kernels.Pool{Kind: kernels.GlobalAverage}
)

// blockCases cover each part alone, the custom network's five blocks, and odd
// sizes, strides, groups and uneven padding.
func blockCases() []blockCase {
	strided := &kernels.Conv{Outputs: 6, Kernel: 3, Stride: 2, Pads: [4]int{0, 0, 1, 1}}
	grouped := &kernels.Conv{Outputs: 8, Kernel: 3, Stride: 1, Groups: 8, Pads: [4]int{1, 1, 1, 1}, Bias: true}
	wide := kernels.Pool{Kind: kernels.MaxPool, Kernel: 3, Stride: 2, Pads: [4]int{1, 1, 1, 1}}
	return []blockCase{
		{"conv", kernels.Spec{Conv: conv(5, 3)}, kernels.Shape{N: 2, C: 3, H: 7, W: 9}, false},
		{"conv without bias, stride 2", kernels.Spec{Conv: strided}, kernels.Shape{N: 1, C: 4, H: 12, W: 11}, false},
		{"depthwise conv", kernels.Spec{Conv: grouped, Activation: kernels.ReLU}, kernels.Shape{N: 2, C: 8, H: 9, W: 6}, false},
		{"norm", kernels.Spec{Norm: true, Epsilon: 1e-3}, kernels.Shape{N: 3, C: 5, H: 6, W: 7}, false},
		{"norm, relu", kernels.Spec{Norm: true, Epsilon: 1e-3, Activation: kernels.ReLU}, kernels.Shape{N: 3, C: 5, H: 6, W: 7}, false},
		{"relu", kernels.Spec{Activation: kernels.ReLU}, kernels.Shape{N: 2, C: 3, H: 5, W: 5}, false},
		{"sigmoid", kernels.Spec{Activation: kernels.Sigmoid}, kernels.Shape{N: 2, C: 3, H: 5, W: 5}, false},
		{"max pool", kernels.Spec{Pool: pool2}, kernels.Shape{N: 2, C: 4, H: 9, W: 7}, false},
		{"padded max pool", kernels.Spec{Pool: wide}, kernels.Shape{N: 2, C: 4, H: 9, W: 8}, false},
		{"average", kernels.Spec{Pool: average}, kernels.Shape{N: 2, C: 4, H: 9, W: 7}, false},
		{"relu, average", kernels.Spec{Activation: kernels.ReLU, Pool: average}, kernels.Shape{N: 2, C: 4, H: 5, W: 3}, false},
		{"conv, sigmoid, max pool", kernels.Spec{Conv: conv(4, 3), Activation: kernels.Sigmoid, Pool: pool2}, kernels.Shape{N: 2, C: 2, H: 8, W: 8}, false},
		{"custom 1", kernels.Spec{Conv: conv(32, 3), Activation: kernels.ReLU, Pool: pool2}, kernels.Shape{N: 2, C: 1, H: 19, W: 13}, false},
		{"custom 1, large", kernels.Spec{Conv: conv(32, 3), Activation: kernels.ReLU, Pool: pool2}, kernels.Shape{N: 2, C: 1, H: 37, W: 75}, true},
		{"custom 1, batch 1", kernels.Spec{Conv: conv(32, 3), Activation: kernels.ReLU, Pool: pool2}, kernels.Shape{N: 1, C: 1, H: 12, W: 12}, false},
		{"custom 2", kernels.Spec{Conv: conv(16, 3), Norm: true, Epsilon: 1e-3, Activation: kernels.ReLU, Pool: pool2}, kernels.Shape{N: 3, C: 32, H: 15, W: 11}, false},
		{"custom 3", kernels.Spec{Conv: conv(8, 1), Norm: true, Epsilon: 1e-3, Activation: kernels.ReLU}, kernels.Shape{N: 2, C: 16, H: 9, W: 7}, false},
		{"custom 4", kernels.Spec{Conv: conv(8, 3), Norm: true, Epsilon: 1e-3, Activation: kernels.ReLU, Pool: pool2}, kernels.Shape{N: 2, C: 8, H: 9, W: 7}, false},
		{"custom 5", kernels.Spec{Conv: conv(1, 3)}, kernels.Shape{N: 3, C: 8, H: 5, W: 7}, false},
		{"conv, norm, sigmoid, average", kernels.Spec{Conv: conv(3, 3), Norm: true, Epsilon: 1e-2, Activation: kernels.Sigmoid, Pool: average}, kernels.Shape{N: 2, C: 2, H: 6, W: 5}, false},
	}
}

// parametersFor returns random parameters for the block, in float32 and the same values in float64.
func parametersFor(random *rand.Rand, s kernels.Spec, channels int) (kernels.Parameters, reference.Parameters) {
	var p kernels.Parameters
	if c := s.Conv; c != nil {
		inputs := channels / max(c.Groups, 1) * c.Kernel * c.Kernel
		p.Weight = randomValues(random, c.Outputs*inputs, 1/math.Sqrt(float64(inputs)))
		if c.Bias {
			p.Bias = randomValues(random, c.Outputs, 0.3)
		}
		channels = c.Outputs
	}
	if s.Norm {
		p.Scale, p.Shift = randomValues(random, channels, 1), randomValues(random, channels, 0.5)
		p.Mean, p.Variance = randomValues(random, channels, 0.5), randomValues(random, channels, 1)
		for i := range p.Variance {
			p.Variance[i] = p.Variance[i]*p.Variance[i] + 0.2
		}
	}
	return p, reference.Parameters{Weight: widen(p.Weight), Bias: widen(p.Bias), Scale: widen(p.Scale), Shift: widen(p.Shift),
		Mean: widen(p.Mean), Variance: widen(p.Variance)}
}

func randomValues(random *rand.Rand, n int, deviation float64) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(random.NormFloat64() * deviation)
	}
	return v
}

func widen(v []float32) []float64 {
	if v == nil {
		return nil
	}
	w := make([]float64, len(v))
	for i := range v {
		w[i] = float64(v[i])
	}
	return w
}

// onThread runs f on an executor of its own.
func onThread(t *testing.T, threads int, f func(*kernels.Thread) error) {
	t.Helper()
	e, err := kernels.NewExecutor(threads)
	require.NoError(t, err)
	defer func() { require.NoError(t, e.Close()) }()
	require.NoError(t, e.Do(f))
}

// TestForward compares each block with the reference, training and not.
func TestForward(t *testing.T) {
	for _, c := range blockCases() {
		for _, training := range []bool{false, true} {
			testForward(t, c, training)
		}
	}
}

func testForward(t *testing.T, c blockCase, training bool) {
	t.Run(fmt.Sprintf("%s/training=%v", c.name, training), func(t *testing.T) {
		spec := c.spec
		spec.Training = training
		random := rand.New(rand.NewPCG(1, 2))
		p, wide := parametersFor(random, spec, c.input.C)
		x := randomValues(random, c.input.Size(), 1)
		want, err := reference.Block(spec, reference.From(c.input, x), wide)
		require.NoError(t, err)
		onThread(t, 2, func(thread *kernels.Thread) error {
			got, err := forward(thread, spec, c.input, x, p)
			assert.InDeltaSlice(t, want.Values, widen(got), 2e-5)
			return err
		})
	})
}

func forward(t *kernels.Thread, s kernels.Spec, in kernels.Shape, x []float32, p kernels.Parameters) ([]float32, error) {
	input, err := kernels.NewTensor(t, in)
	if err != nil {
		return nil, err
	}
	block, err := kernels.NewBlock(t, s, input)
	if err != nil {
		return nil, err
	}
	if err := input.Write(t, x); err != nil {
		return nil, err
	}
	if err := block.Load(t, p); err != nil {
		return nil, err
	}
	if err := block.Forward(t); err != nil {
		return nil, err
	}
	out := make([]float32, block.Output().Shape().Size())
	return out, block.Output().Read(t, out)
}

// TestBackward compares each gradient with finite differences of the float64
// reference of sum(weights × output). A value whose differences disagree at two
// step sizes sits on a kink (two values of a pool's window as good as equal) and
// is left out; few may.
func TestBackward(t *testing.T) {
	for _, c := range blockCases() {
		if c.forwardOnly {
			continue
		}
		c.spec.Training, c.spec.InputGradient = true, true
		t.Run(c.name, func(t *testing.T) { testBackward(t, c) })
	}
}

func testBackward(t *testing.T, c blockCase) {
	spec := c.spec
	random := rand.New(rand.NewPCG(3, 4))
	p, wide := parametersFor(random, spec, c.input.C)
	x := randomValues(random, c.input.Size(), 1)
	input := reference.From(c.input, x)
	out, err := reference.Block(spec, input, wide)
	require.NoError(t, err)
	upstream := randomValues(random, len(out.Values), 1)
	var dx []float32
	g := kernels.Gradients{Weight: make([]float32, len(p.Weight)), Bias: make([]float32, len(p.Bias)),
		Scale: make([]float32, len(p.Scale)), Shift: make([]float32, len(p.Shift))}
	onThread(t, 2, func(thread *kernels.Thread) error {
		dx, err = backward(thread, spec, c.input, x, p, upstream, g)
		return err
	})
	objective := func() float64 {
		y, _ := reference.Block(spec, input, wide)
		sum := 0.0
		for i, v := range y.Values {
			sum += v * float64(upstream[i])
		}
		return sum
	}
	if spec.InputGradient {
		checkGradient(t, "input", objective, input.Values, dx)
	}
	checkGradient(t, "weight", objective, wide.Weight, g.Weight)
	checkGradient(t, "bias", objective, wide.Bias, g.Bias)
	checkGradient(t, "scale", objective, wide.Scale, g.Scale)
	checkGradient(t, "shift", objective, wide.Shift, g.Shift)
}

func backward(t *kernels.Thread, s kernels.Spec, in kernels.Shape, x []float32, p kernels.Parameters, upstream []float32, g kernels.Gradients) ([]float32, error) {
	input, err := kernels.NewTensor(t, in)
	if err != nil {
		return nil, err
	}
	block, err := kernels.NewBlock(t, s, input)
	if err != nil {
		return nil, err
	}
	gradient, err := kernels.NewLike(t, block.Output())
	if err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		func() error { return input.Write(t, x) },
		func() error { return gradient.Write(t, upstream) },
		func() error { return block.Load(t, p) },
		func() error { return block.Forward(t) },
		func() error { return block.Backward(t, gradient) },
		func() error { return block.Gradients(t, g) },
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if !s.InputGradient {
		return nil, nil
	}
	dx := make([]float32, in.Size())
	return dx, block.InputGradient().Read(t, dx)
}

// checkGradient compares up to 24 values, spread over the array, with central differences.
func checkGradient(t *testing.T, name string, objective func() float64, values []float64, got []float32) {
	t.Helper()
	require.Len(t, got, len(values), name)
	step := max(len(values)/24, 1)
	kinks, compared := 0, 0
	for i := 0; i < len(values); i += step {
		coarse, fine := slope(objective, values, i, 1e-6), slope(objective, values, i, 1e-7)
		compared++
		if math.Abs(coarse-fine) > 1e-4*max(1, math.Abs(fine)) {
			kinks++
			continue
		}
		require.InDelta(t, fine, float64(got[i]), 3e-4*max(1, math.Abs(fine)), "%s[%d]", name, i)
	}
	require.LessOrEqual(t, kinks, compared/8, "%s: too many kinks to say anything", name)
}

func slope(objective func() float64, values []float64, i int, h float64) float64 {
	v := values[i]
	defer func() { values[i] = v }()
	values[i] = v + h
	above := objective()
	values[i] = v - h
	return (above - objective()) / (2 * h)
}
