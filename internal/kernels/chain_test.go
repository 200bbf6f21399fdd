package kernels_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"assay/internal/kernels"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// customSpecs are the blocks of the paper's custom network.
func customSpecs() []kernels.Spec {
	norm := func(c *kernels.Conv, p kernels.Pool) kernels.Spec {
		return kernels.Spec{Conv: c, Norm: true, Epsilon: 1e-3, Activation: kernels.ReLU, Pool: p}
	}
	return []kernels.Spec{
		{Conv: conv(32, 3), Activation: kernels.ReLU, Pool: pool2},
		norm(conv(16, 3), pool2),
		norm(conv(8, 1), kernels.Pool{}),
		norm(conv(8, 3), pool2),
		{Conv: conv(1, 3)},
	}
}

// chain is a network of blocks with a head.
type chain struct {
	input  *kernels.Tensor
	blocks []*kernels.Block
	head   *kernels.Head
}

func newChain(t *kernels.Thread, specs []kernels.Spec, in kernels.Shape) (*chain, error) {
	input, err := kernels.NewTensor(t, in)
	if err != nil {
		return nil, err
	}
	c := &chain{input: input}
	random := rand.New(rand.NewPCG(5, 6))
	x := input
	for i, s := range specs {
		s.Training, s.InputGradient = true, i > 0
		b, err := kernels.NewBlock(t, s, x)
		if err != nil {
			return nil, err
		}
		p, _ := parametersFor(random, s, x.Shape().C)
		if err := b.Load(t, p); err != nil {
			return nil, err
		}
		c.blocks, x = append(c.blocks, b), b.Output()
	}
	c.head, err = kernels.NewHead(t, x)
	return c, err
}

func (c *chain) step(t *kernels.Thread, labels []float32) (float64, error) {
	for _, b := range c.blocks {
		if err := b.Forward(t); err != nil {
			return 0, err
		}
	}
	loss, err := c.head.Forward(t, labels, nil, nil)
	if err != nil {
		return 0, err
	}
	if err := c.head.Backward(t, 1); err != nil {
		return 0, err
	}
	g := c.head.InputGradient()
	for i := len(c.blocks) - 1; i >= 0; i-- {
		if err := c.blocks[i].Backward(t, g); err != nil {
			return 0, err
		}
		g = c.blocks[i].InputGradient()
	}
	return loss, nil
}

// TestReorders: the layouts of the custom network's blocks fit one another. Of
// oneDNN's, the third may change from blocks of 16 channels to blocks of 8.
func TestReorders(t *testing.T) {
	check := func(t *testing.T, but int) {
		t.Helper()
		onThread(t, 2, func(thread *kernels.Thread) error {
			c, err := newChain(thread, customSpecs(), kernels.Shape{N: 2, C: 1, H: 75, W: 75})
			if err != nil {
				return err
			}
			for i, b := range c.blocks {
				if i != but {
					assert.Zero(t, kernels.Reorders(b), "block %d", i+1)
				}
			}
			return nil
		})
	}
	eachVariant(t, func(t *testing.T) { check(t, -1) })
	t.Setenv(kernels.InstructionsVariable, "onednn")
	check(t, 2)
}

// BenchmarkStep is forward and backward of the custom network, without a solver.
func BenchmarkStep(b *testing.B) {
	for _, size := range []int{75, 150, 300} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			e, err := kernels.NewExecutor(2)
			require.NoError(b, err)
			defer func() { require.NoError(b, e.Close()) }()
			err = e.Do(func(t *kernels.Thread) error {
				c, err := newChain(t, customSpecs(), kernels.Shape{N: 32, C: 1, H: size, W: size})
				if err != nil {
					return err
				}
				x := randomValues(rand.New(rand.NewPCG(7, 8)), c.input.Shape().Size(), 1)
				err = c.input.Write(t, x)
				for b.Loop() && err == nil {
					_, err = c.step(t, make([]float32, 32))
				}
				return err
			})
			require.NoError(b, err)
		})
	}
}
