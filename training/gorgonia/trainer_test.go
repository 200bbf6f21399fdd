package gorgonia

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"assay/inference/architecture"
	"assay/inference/inferencetest"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// toy returns images whose defective half has a bright square somewhere.
func toy(seed uint64, n, size int) (images, labels []float32) {
	random := rand.New(rand.NewPCG(seed, 1))
	images, labels = make([]float32, n*size*size), make([]float32, n)
	for i := range images {
		images[i] = float32(0.4 + 0.1*random.NormFloat64())
	}
	for i := range labels {
		labels[i] = float32(i % 2)
		top, left := random.IntN(size-4), random.IntN(size-4)
		for y := range 4 {
			for x := range 4 {
				images[i*size*size+(top+y)*size+left+x] += labels[i]
			}
		}
	}
	return images, labels
}

func newTrainer(t *testing.T, n *architecture.Network, seed uint64, o Options) *Trainer {
	t.Helper()
	w, err := n.Initialize(seed)
	require.NoError(t, err)
	trainer, err := New(n, w, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, trainer.Close()) })
	return trainer
}

// weightsOf returns a copy of a trainer's weights.
func weightsOf(t *testing.T, trainer *Trainer) architecture.Weights {
	t.Helper()
	w, err := trainer.Weights()
	require.NoError(t, err)
	return w
}

func TestLossFalls(t *testing.T) {
	const size, batch = 24, 16
	trainer := newTrainer(t, architecture.Custom(size), 1, Options{Batch: batch, Threads: 2, LearningRate: 5e-3})
	var first, last float64
	for step := range 60 {
		images, labels := toy(uint64(step), batch, size)
		loss, err := trainer.Step(images, labels, nil)
		require.NoError(t, err)
		if step == 0 {
			first = loss
		}
		last = loss
	}
	require.Less(t, last, first/4)
	require.NoError(t, trainer.Recalibrate(func(yield func([]float32) bool) {
		for i := range 8 {
			images, _ := toy(uint64(100+i), batch, size)
			if !yield(images) {
				return
			}
		}
	}))
	images, labels := toy(999, 50, size)
	scores := make([]float32, 50)
	require.NoError(t, trainer.Scores(images, scores))
	right := 0
	for i, s := range scores {
		if (s > 0.5) == (labels[i] == 1) {
			right++
		}
	}
	require.GreaterOrEqual(t, right, 48, "of 50 unseen pictures")
}

// TestScoresEqualReference also holds Recalibrate to its definition: with one
// batch, the running statistics are that batch's.
func TestScoresEqualReference(t *testing.T) {
	const size, batch = 37, 4
	n := architecture.Custom(size)
	trainer := newTrainer(t, n, 3, Options{Batch: batch, Threads: 2, LearningRate: 1e-2})
	images, labels := toy(5, batch, size)
	for range 5 {
		_, err := trainer.Step(images, labels, nil)
		require.NoError(t, err)
	}
	more, _ := toy(6, 7, size)
	check := func() {
		scores := make([]float32, 7)
		require.NoError(t, trainer.Scores(more, scores))
		want, err := inferencetest.Forward(n, weightsOf(t, trainer), more, 7)
		require.NoError(t, err)
		for i, v := range want.Scores {
			require.InDelta(t, v, float64(scores[i]), 1e-4)
		}
	}
	check()
	before := weightsOf(t, trainer)
	require.NoError(t, trainer.Recalibrate(slices.Values([][]float32{images})))
	after := weightsOf(t, trainer)
	require.NotEqual(t, before["norm2.mean"], after["norm2.mean"])
	require.Equal(t, before["conv2.weight"], after["conv2.weight"])
	check()
	scores := make([]float32, batch)
	require.NoError(t, trainer.Scores(images, scores))
	loss := 0.0
	for i, p := range scores {
		loss -= math.Log(math.Abs(1-float64(labels[i])-float64(p))) / batch
	}
	trained, err := trainer.Step(images, labels, nil)
	require.NoError(t, err)
	require.InDelta(t, trained, loss, 1e-4, "batch and running statistics agree on that batch")
	check() // the scores are those of the step's weights
}

// TestRunningStatisticsFollow the batch's, those before the step changes weights.
func TestRunningStatisticsFollow(t *testing.T) {
	const size, batch = 20, 4
	o := Options{Batch: batch, Threads: 1, LearningRate: 1e-2}
	trainer, twin := newTrainer(t, architecture.Custom(size), 3, o), newTrainer(t, architecture.Custom(size), 3, o)
	images, labels := toy(5, batch, size)
	require.NoError(t, twin.Recalibrate(slices.Values([][]float32{images})))
	before, ofBatch := weightsOf(t, trainer), weightsOf(t, twin)
	_, err := trainer.Step(images, labels, nil)
	require.NoError(t, err)
	after := weightsOf(t, trainer)
	for _, name := range []string{"norm2.mean", "norm2.variance", "norm4.mean", "norm4.variance"} {
		require.NotEqual(t, before[name], after[name], name)
		for c, old := range before[name] {
			require.InDelta(t, momentum*old+(1-momentum)*ofBatch[name][c], after[name][c], 1e-6, "%s of channel %d", name, c)
		}
	}
}

// TestDeterminism: the same start and batches give the same bits, and a training
// that is resumed gives those of one that was not interrupted.
func TestDeterminism(t *testing.T) {
	const size, batch, steps = 33, 6, 12
	n := architecture.Custom(size)
	o := Options{Batch: batch, Threads: 2, LearningRate: 3e-3}
	advance := func(trainer *Trainer, from, to int) (losses []float64) {
		for step := from; step < to; step++ {
			trainer.SetLearningRate(3e-3 / float64(step+1))
			images, labels := toy(uint64(step), batch, size)
			loss, err := trainer.Step(images, labels, nil)
			require.NoError(t, err)
			losses = append(losses, loss)
		}
		return losses
	}
	straight := newTrainer(t, n, 9, o)
	losses := advance(straight, 0, steps)
	again := newTrainer(t, n, 9, o)
	require.Equal(t, losses, advance(again, 0, steps))
	require.Equal(t, weightsOf(t, straight), weightsOf(t, again))

	for _, stop := range []int{0, 5} {
		halted := newTrainer(t, n, 9, o)
		advance(halted, 0, stop)
		state, err := halted.State()
		require.NoError(t, err)
		weights := weightsOf(t, halted)
		resumed := newTrainer(t, n, 10, o) // another start, which must not matter
		advance(resumed, 0, 2)
		require.NoError(t, resumed.SetWeights(weights))
		require.NoError(t, resumed.SetState(state))
		stateAgain, err := resumed.State()
		require.NoError(t, err)
		require.Equal(t, state, stateAgain)
		require.Equal(t, losses[stop:], advance(resumed, stop, steps))
		require.Equal(t, weightsOf(t, straight), weightsOf(t, resumed))
	}
}

func TestNotFinite(t *testing.T) {
	const size, batch = 16, 2
	trainer := newTrainer(t, architecture.Custom(size), 1, Options{Batch: batch, Threads: 1, LearningRate: 1e-3})
	images, labels := toy(1, batch, size)
	_, err := trainer.Step(images, labels, nil)
	require.NoError(t, err)
	before := weightsOf(t, trainer)
	state, err := trainer.State()
	require.NoError(t, err)
	spoilt := slices.Clone(images)
	spoilt[3] = float32(math.Inf(1))
	_, err = trainer.Step(spoilt, labels, nil)
	require.ErrorIs(t, err, inspection.ErrNotFinite)
	require.Equal(t, before, weightsOf(t, trainer))
	stateAfter, err := trainer.State()
	require.NoError(t, err)
	require.Equal(t, state, stateAfter)
	_, err = trainer.Step(images, labels, nil)
	require.NoError(t, err, "a good batch goes on")
}

func TestRefusals(t *testing.T) {
	const size, batch = 16, 2
	n := architecture.Custom(size)
	w, err := n.Initialize(1)
	require.NoError(t, err)
	_, err = New(n, w, Options{})
	require.Error(t, err, "batch 0")
	_, err = New(n, architecture.Weights{}, Options{Batch: 1})
	require.ErrorIs(t, err, inspection.ErrBadModel)
	branched := architecture.Custom(size)
	branched.Layers[2].Inputs = []string{"conv1"}
	_, err = New(branched, w, Options{Batch: 1})
	require.ErrorIs(t, err, inspection.ErrBadModel)

	trainer := newTrainer(t, n, 1, Options{Batch: batch, LearningRate: 1e-3})
	images, labels := toy(1, batch, size)
	_, err = trainer.Step(images[1:], labels, nil)
	require.ErrorIs(t, err, inspection.ErrModelInput)
	_, err = trainer.Step(images, labels[1:], nil)
	require.ErrorIs(t, err, inspection.ErrModelInput)
	_, err = trainer.Step(images, labels, labels[1:])
	require.ErrorIs(t, err, inspection.ErrModelInput)
	require.ErrorIs(t, trainer.Scores(images, make([]float32, 3)), inspection.ErrModelInput)
	require.ErrorIs(t, trainer.Recalibrate(slices.Values([][]float32{images[1:]})), inspection.ErrModelInput)
	require.ErrorIs(t, trainer.SetWeights(architecture.Weights{}), inspection.ErrBadModel)
	require.ErrorIs(t, trainer.SetState([]byte("nonsense")), inspection.ErrDamaged)

	_, err = trainer.Step(images, labels, nil)
	require.NoError(t, err)
	state, err := trainer.State()
	require.NoError(t, err)
	other := architecture.Custom(size)
	other.Layers[3].Bias = false
	require.ErrorIs(t, newTrainer(t, other, 1, Options{Batch: batch}).SetState(state), inspection.ErrDamaged)

	require.NoError(t, trainer.Close())
	_, err = trainer.Step(images, labels, nil)
	require.ErrorIs(t, err, inspection.ErrClosed)
}
