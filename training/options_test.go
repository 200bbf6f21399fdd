package training

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"assay/inference/architecture"
	"assay/inference/inferencetest"
	"assay/inference/onnx"
	"assay/inspection"
	"assay/training/augment"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

func TestParseClassWeights(t *testing.T) {
	for text, want := range map[string]ClassWeights{
		"": {}, "none": {}, "balanced": {Balanced: true}, "1,2.5": {Normal: 1, Defective: 2.5}, " 3 , 1 ": {Normal: 3, Defective: 1},
	} {
		got, err := ParseClassWeights(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"1", "0,0", "1,0", "-1,2", "1,NaN", "1,2,3", "even", "1,1e9"} {
		_, err := ParseClassWeights(text)
		require.Error(t, err, text)
	}
	require.Nil(t, ClassWeights{}.factors(3, 1))
	require.Equal(t, &[2]float32{0.625, 2.5}, ClassWeights{Balanced: true}.factors(80, 20))
	require.Equal(t, &[2]float32{1, 2}, ClassWeights{Normal: 1, Defective: 2}.factors(80, 20))
}

func TestParseAveraging(t *testing.T) {
	for text, want := range map[string]Averaging{
		"": {}, "none": {}, "ema": {Kind: Exponential, Decay: 0.999}, "ema=0.9": {Kind: Exponential, Decay: 0.9},
		"swa": {Kind: Stochastic, Share: 0.25}, "swa=1": {Kind: Stochastic, Share: 1},
	} {
		got, err := ParseAveraging(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"ema=", "ema=1", "ema=NaN", "swa=0", "swa=1.1", "mean", "none=1", "ema=x"} {
		_, err := ParseAveraging(text)
		require.Error(t, err, text)
	}
}

// TestAverageByHand: the even mean over the last half of four epochs, and the
// exponential one with TensorFlow's first decays 2/11 and 3/12.
func TestAverageByHand(t *testing.T) {
	swa, ema := Averaging{Kind: Stochastic, Share: 0.5}, Averaging{Kind: Exponential, Decay: 0.999}
	var even, moving architecture.Weights
	count := 0
	for step, v := range []float32{1, 2, 4, 8} {
		w := architecture.Weights{"a": {v}}
		if rate := swa.rate(count, step+1, 4); rate > 0 {
			even = follow(even, w, rate)
			count++
		}
		moving = follow(moving, w, ema.rate(step, step+1, 4))
	}
	require.Equal(t, architecture.Weights{"a": {6}}, even)
	want := 1.0
	for t, v := range []float64{2, 4, 8} {
		decay := (2 + float64(t)) / (11 + float64(t))
		want = decay*want + (1-decay)*v
	}
	require.InDelta(t, want, moving["a"][0], 1e-6)
	require.InDelta(t, 0.001, ema.rate(1e6, 1, 1), 1e-12)
	require.Zero(t, Averaging{}.rate(0, 1, 1))
}

// TestAveragedWeightsAreKept and training goes on from its own: the next epoch's
// training loss is that without averaging.
func TestAveragedWeightsAreKept(t *testing.T) {
	plain := train(t, request(t))
	for _, averaging := range []Averaging{{Kind: Exponential, Decay: 0.9}, {Kind: Stochastic, Share: 0.5}} {
		r := request(t)
		r.Averaging = averaging
		averaged := train(t, r)
		for i := range plain.History {
			require.Equal(t, plain.History[i].TrainLoss, averaged.History[i].TrainLoss)
		}
		last := len(plain.History) - 1
		require.NotEqual(t, plain.History[last].ValLoss, averaged.History[last].ValLoss)
		require.NotEqual(t, plain.SHA256, averaged.SHA256)
	}
}

// TestOptionsChangeTheModel: each option does something, and the same again.
func TestOptionsChangeTheModel(t *testing.T) {
	plain := train(t, request(t)).SHA256
	seen := map[string]string{"plain": plain}
	for name, set := range map[string]func(*Request){
		"class weights":   func(r *Request) { r.ClassWeights = ClassWeights{Normal: 1, Defective: 3} },
		"smoothing":       func(r *Request) { r.LabelSmoothing = 0.2 },
		"ema":             func(r *Request) { r.Averaging = Averaging{Kind: Exponential, Decay: 0.9} },
		"steps":           func(r *Request) { r.Steps = 9 },
		"no calibration":  func(r *Request) { r.Calibration = NoCalibration },
		"platt":           func(r *Request) { r.Calibration = Platt },
		"no warm-up":      func(r *Request) { r.Schedule.Warmup = -1 },
		"plateau":         func(r *Request) { r.Schedule.Kind = Plateau },
		"augmented norms": func(r *Request) { r.RecalibrateAugmented = true; r.Augment.Brightness = 0.3 },
		"whitening":       func(r *Request) { r.Augment.Whitening = true },
		"replay":          func(r *Request) { r.Replay.Items = parts(t, 60) },
		"split":           func(r *Request) { r.Dataset.Split.Kind = dataset.Random },
	} {
		r := request(t)
		r.Calibration = NoCalibration
		if name == "no calibration" {
			seen[name] = train(t, r).SHA256
			continue
		}
		set(&r)
		first := train(t, r).SHA256
		require.Equal(t, first, train(t, r).SHA256, name)
		seen[name] = first
	}
	digests := map[string]bool{}
	for name, digest := range seen {
		require.False(t, digests[digest], name)
		digests[digest] = true
	}
}

// TestResumeWithEverything: an interruption in any epoch loses nothing of the
// average, the replayed order or the classes' weights.
func TestResumeWithEverything(t *testing.T) {
	r := request(t)
	r.Epochs, r.Averaging, r.LabelSmoothing, r.ClassWeights = 4, Averaging{Kind: Stochastic, Share: 0.75}, 0.1, ClassWeights{Balanced: true}
	r.Dataset.Items, r.Replay.Items, r.ReplayShare, r.Steps = parts(t, 40), parts(t, 60), 0.25, 3
	want := train(t, r)
	for stop := 4; stop <= 12; stop += 2 {
		r.Checkpoint, r.Resume = t.TempDir()+"/checkpoint", false
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Run(ctx, r, Hooks{Step: func(s Step) {
			if s.Step == stop {
				cancel()
			}
		}})
		cancel()
		require.NoError(t, err)
		r.Resume = true
		require.Equal(t, want.SHA256, train(t, r).SHA256, "stopped at step %d", stop)
	}
}

// TestFreezeTrainsTheTop and needs a model to start from and a backend that can.
func TestFreezeTrainsTheTop(t *testing.T) {
	names, err := frozen(architecture.Custom(32))
	require.NoError(t, err)
	require.Contains(t, names, "conv1.weight")
	require.Contains(t, names, "norm4.scale")
	require.NotContains(t, names, "norm4.mean")
	require.NotContains(t, names, "conv5.weight")
	r := request(t)
	r.Freeze = true
	_, err = Run(t.Context(), r, Hooks{})
	require.ErrorContains(t, err, "name the model to start from")
	r.Init = inferencetest.Model(t, fakeSize, 1)
	_, err = Run(t.Context(), r, Hooks{})
	require.ErrorContains(t, err, "cannot freeze")
}

// TestReplayFillsItsShare of each batch, each image about equally often, and
// every fresh image before one comes again.
func TestReplayFillsItsShare(t *testing.T) {
	set := loaded(t, 60)
	all := set.All()
	data := &feed{set: set, train: all[:10], replay: all[10:], replayShare: 0.25, stepsPerEpoch: 25, batch: 8, seed: 3}
	deal, count := data.dealer(), map[int]int{}
	variants := map[pick]bool{}
	for epoch := 1; epoch <= 2; epoch++ {
		for step := range data.steps() {
			list := deal.picks(epoch, step)
			require.Equal(t, list, data.dealer().picks(epoch, step), "whoever deals")
			for i, p := range list {
				require.Equal(t, i < 2, p.index >= 10)
				require.False(t, variants[p], "no variant comes twice")
				variants[p] = true
				count[p.index]++
			}
		}
	}
	for _, index := range all[:10] {
		require.Equal(t, 30, count[index])
	}
	for _, index := range all[10:] {
		require.Equal(t, 2, count[index])
	}
}

// TestBatchesDoNotDependOnWorkers.
func TestBatchesDoNotDependOnWorkers(t *testing.T) {
	set := loaded(t, 50)
	var want []batch
	for _, workers := range []int{1, 2, 3, 7} {
		data := &feed{set: set, train: set.All(), batch: 8, seed: 3, workers: workers, weights: &[2]float32{1, 2}, smoothing: 0.1,
			pipe: augment.Pipeline{HorizontalFlip: true, Rotation: 30}}
		got := collect(t, data, 2)
		if want == nil {
			want = got
			require.Len(t, want, 6)
			require.Subset(t, []float32{0.05, 0.95}, want[0].labels)
			require.Subset(t, []float32{1, 2}, want[0].weights)
		}
		require.Equal(t, want, got, "%d workers", workers)
	}
}

// TestPauseHoldsTheStep: no step is made while paused, and the result is the
// same as without.
func TestPauseHoldsTheStep(t *testing.T) {
	want := train(t, request(t)).SHA256
	pause := &Pause{}
	r := request(t)
	r.Pause = pause
	var group sync.WaitGroup
	var steps []int
	result, err := Run(t.Context(), r, Hooks{Step: func(s Step) {
		require.False(t, pause.Held())
		steps = append(steps, s.Step)
		if s.Step%10 == 0 {
			require.True(t, pause.Hold())
			require.False(t, pause.Hold(), "paused already")
			group.Go(func() { pause.Release() })
		}
	}})
	group.Wait()
	require.NoError(t, err)
	require.Equal(t, want, result.SHA256)
	require.Len(t, steps, 48)
	require.True(t, slices.IsSorted(steps))
	require.False(t, pause.Release())
}

// TestStopWhilePaused keeps the best epoch.
func TestStopWhilePaused(t *testing.T) {
	r := request(t)
	r.Pause = &Pause{}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	result, err := Run(ctx, r, Hooks{Step: func(s Step) {
		if s.Step == 10 {
			r.Pause.Hold()
			time.AfterFunc(time.Millisecond, func() { cancel(fmt.Errorf("enough")) })
		}
	}})
	require.NoError(t, err)
	require.Equal(t, Cancelled, result.Ending)
	require.Len(t, result.History, 1)
}

// TestKeepLast keeps the last epoch where choosing would keep another.
func TestKeepLast(t *testing.T) {
	loop, backend := newLoop(t, []int{0, 2, 3})
	loop.KeepLast = true
	_, err := loop.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, loop.Kept())
	require.Equal(t, loop.State().Weights, backend.weights)
}

// TestWhiteningTravels in the file, is what inference applies, and stays when a
// training starts from the model.
func TestWhiteningTravels(t *testing.T) {
	r := request(t)
	r.Augment.Whitening, r.Augment.WhiteningComponents = true, 10
	first, err := onnx.Decode(train(t, r).File)
	require.NoError(t, err)
	require.Equal(t, 10, first.Whitening.Components())
	require.NotNil(t, first.Familiarity)

	r.Augment.Whitening, r.Augment.WhiteningComponents, r.Init, r.Epochs = false, 0, first, 1
	second, err := onnx.Decode(train(t, r).File)
	require.NoError(t, err)
	require.Equal(t, first.Whitening.Encode(), second.Whitening.Encode())
	engine := &fakeEngine{fake: newFake(t, second.Weights, BackendOptions{}), most: 8}
	subject := Subject{Engine: engine, Input: second.Card.Input, Whiten: func(image []float32) { second.Whitening.Apply(image, image) }}
	e, err := Evaluate(t.Context(), EvaluateRequest{Subject: subject, Items: parts(t, 120), Batch: 8})
	require.NoError(t, err)
	require.Greater(t, e.Accuracy, 80.0)
	v, err := EvaluateAltered(t.Context(), AlteredRequest{Subjects: []Subject{subject}, Alterations: []Alteration{{Name: Unchanged}}, Items: parts(t, 120), Batch: 8})
	require.NoError(t, err)
	require.Equal(t, e.Confusion, v[0][0].Confusion)

	plain, err := onnx.Decode(train(t, request(t)).File)
	require.NoError(t, err)
	require.Nil(t, plain.Whitening)
	r.Init, r.Augment.Whitening = plain, true
	_, err = Run(t.Context(), r, Hooks{})
	require.ErrorIs(t, err, inspection.ErrBadModel)
}
