package kernels_test

import (
	"math/rand/v2"
	"testing"

	"assay/internal/kernels"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// firstTwo looks at the custom network's first two blocks, which run as one.
type firstTwo struct {
	*chain
	thread *kernels.Thread
	t      *testing.T
}

func newFirstTwo(t *testing.T, thread *kernels.Thread) firstTwo {
	t.Helper()
	c, err := newChain(thread, customSpecs(), kernels.Shape{N: 3, C: 1, H: 14, W: 19})
	require.NoError(t, err)
	require.NoError(t, c.input.Write(thread, noise(c.input, 1)))
	return firstTwo{c, thread, t}
}

// noise returns random values for a tensor.
func noise(x *kernels.Tensor, seed uint64) []float32 {
	return randomValues(rand.New(rand.NewPCG(seed, 0)), x.Shape().Size(), 1)
}

func (f firstTwo) forward(blocks ...int) {
	f.t.Helper()
	for _, i := range blocks {
		require.NoError(f.t, f.blocks[i].Forward(f.thread))
	}
}

// output returns what a block's output holds.
func (f firstTwo) output(block int) []float32 {
	f.t.Helper()
	x := f.blocks[block].Output()
	values := make([]float32, x.Shape().Size())
	require.NoError(f.t, x.Read(f.thread, values))
	return values
}

// backward takes a random gradient back through the second block, and what the
// second block found back through the first, whose gradients it returns.
func (f firstTwo) backward() []float32 {
	f.t.Helper()
	upstream, err := kernels.NewLike(f.thread, f.blocks[1].Output())
	require.NoError(f.t, err)
	require.NoError(f.t, upstream.Write(f.thread, noise(upstream, 3)))
	require.NoError(f.t, f.blocks[1].Backward(f.thread, upstream))
	require.NoError(f.t, f.blocks[0].Backward(f.thread, f.blocks[1].InputGradient()))
	return f.gradients()
}

func (f firstTwo) gradients() []float32 {
	f.t.Helper()
	g := kernels.Gradients{Weight: make([]float32, 32*9), Bias: make([]float32, 32)}
	require.NoError(f.t, f.blocks[0].Gradients(f.thread, g))
	return append(g.Weight, g.Bias...)
}

// eachFirstTwo runs f once a variant, with the two blocks made anew.
func eachFirstTwo(t *testing.T, f func(t *testing.T, two firstTwo)) {
	eachVariant(t, func(t *testing.T) {
		onThread(t, 2, func(thread *kernels.Thread) error {
			f(t, newFirstTwo(t, thread))
			return nil
		})
	})
}

// TestWaitingForwardKeepsItsMeaning: the first block's Forward waits for the
// second's, but means the input and the parameters of when it was called.
func TestWaitingForwardKeepsItsMeaning(t *testing.T) {
	eachFirstTwo(t, func(t *testing.T, two firstTwo) {
		two.forward(0)
		want := two.output(0)
		two.forward(0)
		require.NoError(t, two.input.Write(two.thread, noise(two.input, 2)))
		assert.Equal(t, want, two.output(0), "a new input comes after it")
		two.forward(0)
		want = two.output(0)
		two.forward(0)
		p, _ := parametersFor(rand.New(rand.NewPCG(4, 0)), two.blocks[0].Spec(), 1)
		require.NoError(t, two.blocks[0].Load(two.thread, p))
		assert.Equal(t, want, two.output(0), "new parameters come after it")
		two.forward(0)
		assert.NotEqual(t, want, two.output(0))
	})
}

// TestFirstTwoAsOne: a look at what lies between the blocks changes nothing, and
// the gradient between them is used up as it arises.
func TestFirstTwoAsOne(t *testing.T) {
	eachFirstTwo(t, func(t *testing.T, two firstTwo) {
		two.forward(0, 1)
		between, out := two.output(0), two.output(1)
		gradients := two.backward()
		two.forward(0)
		require.Equal(t, between, two.output(0), "filled by itself")
		two.forward(1)
		require.Equal(t, out, two.output(1))
		require.Equal(t, gradients, two.backward())
		used := two.blocks[1].InputGradient()
		require.ErrorContains(t, used.Read(two.thread, make([]float32, used.Shape().Size())), "not kept")
	})
}

// TestFirstTakesOtherGradients than the one that the second block gave it.
func TestFirstTakesOtherGradients(t *testing.T) {
	eachFirstTwo(t, func(t *testing.T, two firstTwo) {
		two.forward(0, 1)
		given := two.backward()
		other, err := kernels.NewLike(two.thread, two.blocks[0].Output())
		require.NoError(t, err)
		require.NoError(t, other.Write(two.thread, noise(other, 5)))
		require.NoError(t, two.blocks[0].Backward(two.thread, other))
		got := two.gradients()
		require.NotEqual(t, given, got)
		two.forward(0)
		require.NoError(t, two.blocks[0].Backward(two.thread, other))
		require.Equal(t, got, two.gradients(), "as without the second block")
	})
}
