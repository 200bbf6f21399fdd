package kernels_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"assay/internal/kernels"
	"assay/internal/kernels/reference"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// eachVariant runs f once for each variant of the fused kernels that this machine
// can run, and says which it cannot.
func eachVariant(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	for _, v := range kernels.Variants() {
		if v.Name == "onednn" {
			continue // nothing fused in it
		}
		t.Run(v.Name, func(t *testing.T) {
			if v.Missing != "" {
				t.Skipf("variant %s not tested: %s", v.Name, v.Missing)
			}
			t.Setenv(kernels.InstructionsVariable, v.Name)
			f(t)
		})
	}
}

func TestInstructions(t *testing.T) {
	t.Setenv(kernels.InstructionsVariable, "")
	name, reason := kernels.Instructions()
	t.Logf("%s: %s", name, reason)
	require.NotEmpty(t, name)
	require.NotEqual(t, "onednn", name, "only by choice")
	t.Setenv(kernels.InstructionsVariable, "portable")
	name, reason = kernels.Instructions()
	require.Equal(t, "portable", name)
	require.Contains(t, reason, kernels.InstructionsVariable)
	t.Setenv(kernels.InstructionsVariable, "mmx")
	name, reason = kernels.Instructions()
	require.Empty(t, name)
	require.Contains(t, reason, "mmx")
	_, err := kernels.NewExecutor(1)
	require.ErrorContains(t, err, "want one of avx512, avx2, portable, onednn")
}

// fusedCases are the blocks that have fused kernels, on sizes that leave nothing
// over at a strip of four rows, a tile of four columns or a pool, and on sizes that
// do; the last is wider than what the kernels take at a time.
func fusedCases() []blockCase {
	var cases []blockCase
	for i, spec := range customSpecs() {
		channels := []int{1, 32, 16, 8, 8}[i]
		shapes := []kernels.Shape{{N: 2, H: 5, W: 6}, {N: 1, H: 4, W: 8}, {N: 2, H: 2, W: 3}, {N: 1, H: 7, W: 10}, {N: 1, H: 3, W: 91}}
		if testing.Short() {
			shapes = shapes[:1]
		}
		for _, in := range shapes {
			in.C = channels
			cases = append(cases, blockCase{name: fmt.Sprintf("custom %d on %v", i+1, in), spec: spec, input: in})
		}
	}
	return cases
}

func TestFusedForward(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, c := range fusedCases() {
			testForward(t, c, false)
			testForward(t, c, true)
		}
	})
}

func TestFusedBackward(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		for _, c := range fusedCases() {
			c.spec.Training, c.spec.InputGradient = true, c.input.C > 1
			t.Run(c.name, func(t *testing.T) { testBackward(t, c) })
		}
	})
}

// TestFusedIsUsed by each block of the custom network.
func TestFusedIsUsed(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		onThread(t, 2, func(thread *kernels.Thread) error {
			c, err := newChain(thread, customSpecs(), kernels.Shape{N: 2, C: 1, H: 30, W: 30})
			if err != nil {
				return err
			}
			for i, b := range c.blocks {
				assert.True(t, kernels.Fused(b), "block %d", i+1)
			}
			return nil
		})
	})
}

// results are a chain's output and all its gradients, one after the other.
func results(t *testing.T, threads int, in kernels.Shape) (values []float32) {
	t.Helper()
	onThread(t, threads, func(thread *kernels.Thread) error {
		c, err := newChain(thread, customSpecs(), in)
		if err != nil {
			return err
		}
		random := rand.New(rand.NewPCG(9, 10))
		if err := c.input.Write(thread, randomValues(random, in.Size(), 1)); err != nil {
			return err
		}
		labels := make([]float32, in.N)
		labels[0] = 1
		for range 2 { // the second overwrites what the first has left
			if _, err := c.step(thread, labels); err != nil {
				return err
			}
		}
		x := c.input
		for _, b := range c.blocks {
			more, err := gradientsOf(thread, b, x.Shape().C)
			if err != nil {
				return err
			}
			values, x = append(values, more...), b.Output()
		}
		return nil
	})
	return values
}

// gradientsOf returns the output and gradients of a block with that many input channels.
func gradientsOf(thread *kernels.Thread, b *kernels.Block, channels int) (values []float32, err error) {
	tensors := []*kernels.Tensor{b.Output()}
	if b.Spec().InputGradient && channels != 32 { // the first two blocks run as one: there is no gradient between them
		tensors = append(tensors, b.InputGradient())
	}
	for _, x := range tensors {
		v := make([]float32, x.Shape().Size())
		if err := x.Read(thread, v); err != nil {
			return nil, err
		}
		values = append(values, v...)
	}
	p, _ := parametersFor(rand.New(rand.NewPCG(1, 1)), b.Spec(), channels)
	g := kernels.Gradients{Weight: p.Weight, Bias: p.Bias, Scale: p.Scale, Shift: p.Shift}
	if err := b.Gradients(thread, g); err != nil {
		return nil, err
	}
	return append(append(append(append(values, g.Weight...), g.Bias...), g.Scale...), g.Shift...), nil
}

// TestVariantsAgree: wide maps, of more tiles than a strip takes at a time, on
// each variant against oneDNN.
func TestVariantsAgree(t *testing.T) {
	in := kernels.Shape{N: 2, C: 1, H: 31, W: 189}
	t.Setenv(kernels.InstructionsVariable, "onednn")
	want := results(t, 2, in)
	eachVariant(t, func(t *testing.T) {
		got := results(t, 2, in)
		require.Len(t, got, len(want))
		worst := 0.0
		for i, v := range want {
			worst = max(worst, math.Abs(float64(got[i]-v))/max(1, math.Abs(float64(v))))
		}
		require.Less(t, worst, 5e-4) // two values of a pool's window as good as equal may change places
	})
}

// TestFusedDeterminism: the same bits whatever the number of threads.
func TestFusedDeterminism(t *testing.T) {
	eachVariant(t, func(t *testing.T) {
		in := kernels.Shape{N: 7, C: 1, H: 33, W: 50}
		want := results(t, 1, in)
		for threads := 2; threads <= 4; threads++ {
			require.True(t, slices.Equal(want, results(t, threads, in)), "%d threads", threads)
		}
	})
}

// TestWinogradError bounds what the transforms lose: on inputs and weights of the
// network's sizes, the largest error against float64 is a few float32 roundings of the largest output.
func TestWinogradError(t *testing.T) {
	spec := customSpecs()[1]
	spec.Training = true
	in := kernels.Shape{N: 1, C: 32, H: 24, W: 24}
	random := rand.New(rand.NewPCG(11, 12))
	p, wide := parametersFor(random, spec, in.C)
	x := randomValues(random, in.Size(), 1)
	for i := range x {
		x[i] = max(x[i], 0) // as after a ReLU
	}
	want, err := reference.Block(spec, reference.From(in, x), wide)
	require.NoError(t, err)
	eachVariant(t, func(t *testing.T) {
		var got []float32
		onThread(t, 1, func(thread *kernels.Thread) (err error) {
			got, err = forward(thread, spec, in, x, p)
			return err
		})
		worst, largest := 0.0, 0.0
		for i, v := range want.Values {
			worst, largest = max(worst, math.Abs(float64(got[i])-v)), max(largest, math.Abs(v))
		}
		t.Logf("largest error %.2g of %.2g", worst, largest)
		require.Less(t, worst, 3e-6*largest)
	})
}
