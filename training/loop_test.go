package training

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"assay/inference/architecture"
	"assay/inspection"
	"assay/training/augment"
	"assay/training/checkpoint"
	"assay/training/dataset"
	"assay/training/metrics"

	"github.com/stretchr/testify/require"
)

func failing(*architecture.Network, architecture.Weights, BackendOptions) (Backend, error) {
	return nil, errors.New("no memory")
}

func loaded(t *testing.T, n int) *dataset.Set {
	t.Helper()
	set, err := dataset.Load(t.Context(), parts(t, n), architecture.Custom(fakeSize).Input, dataset.LoadOptions{})
	require.NoError(t, err)
	return set
}

// scripted answers the validation part with a set number of errors each epoch.
type scripted struct {
	*fake
	truth  []inspection.Class
	wrong  []int
	epochs int
}

func (s *scripted) Scores(_, scores []float32) error {
	for i := range scores {
		right := i >= s.wrong[s.epochs]
		scores[i] = 0.1
		if right == (s.truth[i] == inspection.Defective) {
			scores[i] = 0.9
		}
	}
	s.epochs++
	return nil
}

func newLoop(t *testing.T, wrong []int) (*Loop, *scripted) {
	t.Helper()
	division, err := dataset.Divide(t.Context(), parts(t, 60), dataset.SplitOptions{Seed: 1}, nil)
	require.NoError(t, err)
	set, err := dataset.Load(t.Context(), division.Training.Items(), architecture.Custom(fakeSize).Input, dataset.LoadOptions{})
	require.NoError(t, err)
	train, validation := set.Part(dataset.Train), set.Part(dataset.Validation)
	weights, err := architecture.Custom(fakeSize).Initialize(1)
	require.NoError(t, err)
	backend := &scripted{fake: newFake(t, weights, BackendOptions{Batch: 16}), truth: set.Classes(validation), wrong: wrong}
	return &Loop{Backend: backend, Set: set, Train: train, Validation: validation, Schedule: DefaultSchedule(),
		Epochs: len(wrong), Batch: 16, Calibration: NoCalibration, Patience: 3, Recalibration: 2, Seed: 1}, backend
}

func TestEarlyStoppingRestoresTheBest(t *testing.T) {
	loop, backend := newLoop(t, []int{5, 2, 3, 2, 4, 0, 0})
	var kept []architecture.Weights
	loop.OnEpoch(func(s *checkpoint.State) error {
		kept = append(kept, s.Weights.Clone())
		return nil
	})
	outcome, err := loop.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, Outcome{Ending: EarlyStopped}, outcome)
	require.Len(t, kept, 5, "three epochs after the second without a better one")
	require.Equal(t, 1, metrics.Best(loop.State().History), "the earliest of equals")
	require.Equal(t, kept[1], loop.State().Best)
	require.Equal(t, kept[1], backend.weights)
	require.NotEqual(t, kept[1], kept[4])
}

func TestNoPatienceMeansAllEpochs(t *testing.T) {
	loop, _ := newLoop(t, []int{0, 1, 1, 1, 1, 1, 1})
	loop.Patience = 0
	outcome, err := loop.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, Finished, outcome.Ending)
	require.Len(t, loop.State().History, 7)
}

func TestHookErrorEndsTraining(t *testing.T) {
	loop, _ := newLoop(t, []int{1, 1})
	stop := errors.New("stop")
	loop.OnEpoch(func(*checkpoint.State) error { return stop })
	_, err := loop.Run(t.Context())
	require.ErrorIs(t, err, stop)
}

// TestEpochThatEndedCounts: cancelling in the epoch's own hook loses nothing.
func TestEpochThatEndedCounts(t *testing.T) {
	loop, _ := newLoop(t, []int{1, 0, 0})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	loop.OnEpoch(func(s *checkpoint.State) error {
		if len(s.History) == 2 {
			cancel()
		}
		return nil
	})
	outcome, err := loop.Run(ctx)
	require.NoError(t, err)
	require.Equal(t, Cancelled, outcome.Ending)
	require.ErrorIs(t, outcome.Cause, context.Canceled)
	require.Len(t, loop.State().History, 2)
}

// TestFeedVisitsEachImageOnce in an order that differs by epoch, and gives the
// same batches again.
func TestFeedVisitsEachImageOnce(t *testing.T) {
	set := loaded(t, 50)
	data := &feed{set: set, train: set.All(), batch: 16, seed: 3, pipe: augment.Pipeline{QuarterTurns: true}}
	require.Equal(t, 3, data.steps(), "two images are left over")
	orders := stream{indices: set.All(), seed: 3}
	for pass := range 5 {
		order := orders.permutation(pass)
		sorted := slices.Clone(order)
		slices.Sort(sorted)
		require.Equal(t, set.All(), sorted)
		require.NotEqual(t, order, orders.permutation(pass+1))
	}
	first, again := collect(t, data, 1), collect(t, data, 1)
	require.Len(t, first, 3)
	require.Equal(t, first, again)
	require.NotEqual(t, first, collect(t, data, 2))
	for i, position := range orders.permutation(1)[:16] {
		require.Equal(t, float32(set.Samples[position].Class), first[0].labels[i])
	}
}

func collect(t *testing.T, data *feed, epoch int) []batch {
	t.Helper()
	var list []batch
	for b := range data.epoch(t.Context(), epoch) {
		list = append(list, batch{slices.Clone(b.images), slices.Clone(b.labels), slices.Clone(b.weights)})
	}
	return list
}

// TestFeedStops where its user or its context does; the race detector and the
// wait within epoch see to it that nothing is written afterwards.
func TestFeedStops(t *testing.T) {
	set := loaded(t, 50)
	data := &feed{set: set, train: set.All(), batch: 5}
	seen := 0
	for range data.epoch(t.Context(), 1) {
		if seen++; seen == 2 {
			break
		}
	}
	require.Equal(t, 2, seen)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range data.epoch(ctx, 1) {
		seen++
		cancel()
	}
	require.Equal(t, 3, seen)
}

func TestSchedules(t *testing.T) {
	s := Schedule{Peak: 1, Floor: 0.1, Warmup: 2, Factor: 0.5, Patience: 2}.withDefaults()
	require.NoError(t, s.validate())
	const perEpoch, epochs = 10, 5
	require.InDelta(t, 0.05, s.rate(0, perEpoch, epochs, nil), 1e-12)
	require.InDelta(t, 1, s.rate(19, perEpoch, epochs, nil), 1e-12, "the warm-up's last step")
	require.InDelta(t, 1, s.rate(20, perEpoch, epochs, nil), 1e-12)
	require.InDelta(t, 0.1, s.rate(49, perEpoch, epochs, nil), 1e-12, "the last step")
	for step := 20; step < 49; step++ {
		require.Greater(t, s.rate(step, perEpoch, epochs, nil), s.rate(step+1, perEpoch, epochs, nil))
	}
	require.InDelta(t, 1, s.rate(0, 1, 1, nil), 0.51, "one step in all")

	s.Kind = Plateau
	history := func(losses ...float64) (h []metrics.Epoch) {
		for _, l := range losses {
			h = append(h, metrics.Epoch{ValLoss: l})
		}
		return h
	}
	for _, c := range []struct {
		losses []float64
		want   float64
	}{
		{nil, 1}, {[]float64{3, 2, 1}, 1}, {[]float64{3, 3.1}, 1}, {[]float64{3, 3, 3}, 0.5},
		{[]float64{3, 2.99999, 2.99998}, 0.5}, {[]float64{3, 3, 3, 3}, 0.5}, {[]float64{3, 3, 3, 3, 3}, 0.25},
		{[]float64{3, 3, 2, 2, 1}, 1}, {[]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 0.1},
	} {
		require.InDelta(t, c.want, s.rate(30, perEpoch, epochs, history(c.losses...)), 1e-12, "%v", c.losses)
	}
	require.NoError(t, Schedule{}.withDefaults().validate())
	s.Warmup = -1
	require.InDelta(t, 1, s.rate(0, perEpoch, epochs, nil), 1e-12)
	require.NoError(t, s.validate())
	for _, warmup := range []float64{math.NaN(), math.Inf(1), 1e300} {
		s.Warmup = warmup
		require.ErrorContains(t, s.validate(), "warm-up")
	}
}

func TestThresholds(t *testing.T) {
	normal, defective := inspection.Normal, inspection.Defective
	for _, c := range []struct {
		name   string
		scores []float32
		truth  []inspection.Class
		want   inspection.Thresholds
	}{
		{"no errors", []float32{0.4, 0.6}, []inspection.Class{normal, defective}, inspection.Thresholds{Pass: 0.2, Fail: 0.8}},
		{"a missed defect", []float32{0.137, 0.9}, []inspection.Class{defective, defective}, inspection.Thresholds{Pass: 0.13, Fail: 0.8}},
		{"a false alarm", []float32{0.1, 0.901}, []inspection.Class{normal, normal}, inspection.Thresholds{Pass: 0.2, Fail: 0.91}},
		{"hopeless ones", []float32{0, 1}, []inspection.Class{defective, normal}, inspection.Thresholds{Pass: 0.05, Fail: 0.95}},
	} {
		got := chooseThresholds(c.scores, c.truth)
		require.Equal(t, c.want, got, c.name)
		require.NoError(t, got.Validate())
	}
}
