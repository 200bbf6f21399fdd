package gorgonia

import (
	"errors"
	"fmt"
	"iter"
	"math"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/native"
	"assay/inspection"
	"assay/internal/kernels"
	"assay/training"

	g "gorgonia.org/gorgonia"
)

// momentum is how much of the running statistics a step keeps.
const momentum = 0.9

// Options say how a trainer is to run.
type Options struct {
	// Batch is the number of images of a step, at least 1.
	Batch int
	// Threads is the number of threads a step may use; 0 means one for each core.
	Threads int
	// LearningRate is Adam's step size until SetLearningRate is called.
	LearningRate float64
}

// Trainer is a network being trained. It implements training.Backend: calls must
// not overlap. It holds C memory and threads of its own until Close.
type Trainer struct {
	architecture *architecture.Network
	batch        int
	executor     *kernels.Executor
	network      *network
	rate         float64
	solver       *g.AdamSolver
	// chain computes scores; stale says that it does not hold the present weights yet.
	chain *native.Chain
	stale bool
}

var _ training.Backend = (*Trainer)(nil)

// New makes a trainer of a network that starts from weights w, which are copied.
// It fails with inspection.ErrBadModel where the network is no chain that the
// kernels know, or w does not fit it.
func New(n *architecture.Network, w architecture.Weights, o Options) (*Trainer, error) {
	if o.Batch < 1 || o.Threads < 0 {
		return nil, fmt.Errorf("trainer: batch %d on %d threads", o.Batch, o.Threads)
	}
	if err := n.Check(w); err != nil {
		return nil, fmt.Errorf("trainer: %w", err)
	}
	executor, err := kernels.NewExecutor(o.Threads)
	if err != nil {
		return nil, fmt.Errorf("trainer: %w", err)
	}
	t := &Trainer{architecture: n, batch: o.Batch, executor: executor, rate: o.LearningRate}
	t.solver = newSolver(t.rate)
	if t.network, err = build(executor, n, o.Batch); err == nil {
		err = t.SetWeights(w)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("trainer: %w", err), executor.Close())
	}
	return t, nil
}

// Step trains on one batch of exactly Options.Batch images and returns the mean
// loss before the step. Labels may be soft; weights multiply each image's loss,
// nil meaning 1 each. A loss or gradient that is not finite is returned with
// inspection.ErrNotFinite, and leaves parameters and solver as they were.
func (t *Trainer) Step(images, labels, weights []float32) (float64, error) {
	if len(labels) != t.batch || (weights != nil && len(weights) != t.batch) {
		return 0, fmt.Errorf("step: %w: %d labels and %d weights for a batch of %d", inspection.ErrModelInput, len(labels), len(weights), t.batch)
	}
	if err := t.checkBatch(images); err != nil {
		return 0, fmt.Errorf("step: %w", err)
	}
	copy(t.network.labels.Data().([]float32), labels)
	t.network.weights = weights
	t.network.loss = 0
	// All on the executor's thread at once: each change of threads costs as much as a small block.
	err := t.executor.Do(func(thread *kernels.Thread) error { return t.step(thread, images) })
	if err != nil {
		return t.network.loss, fmt.Errorf("step: %w", closed(err))
	}
	return t.network.loss, nil
}

// step is Step, on the executor's thread.
func (t *Trainer) step(thread *kernels.Thread, images []float32) error {
	if err := t.network.input.Write(thread, images); err != nil {
		return err
	}
	if err := t.network.run(thread); err != nil {
		return err
	}
	if !t.network.finite() {
		return fmt.Errorf("loss %v or its gradient: %w", t.network.loss, inspection.ErrNotFinite)
	}
	t.stale = true
	if err := t.follow(thread); err != nil {
		return err
	}
	if err := t.update(); err != nil {
		return fmt.Errorf("solver: %w", err)
	}
	return nil
}

func (t *Trainer) checkBatch(images []float32) error {
	if want := t.network.input.Shape().Size(); len(images) != want {
		return fmt.Errorf("%w: %d values for a batch of %d", inspection.ErrModelInput, len(images), want)
	}
	return nil
}

// finite reports whether the loss and all gradients are finite.
func (n *network) finite() bool {
	sum := n.loss
	for _, p := range n.parameters {
		for _, v := range p.slope() {
			sum += float64(v) * 0 // NaN for what is not finite, else 0
		}
	}
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// follow lets the running statistics follow the batch's.
func (t *Trainer) follow(thread *kernels.Thread) error {
	return t.statistics(thread, func(l *layer, mean, variance []float32) {
		for c := range mean {
			l.mean[c] = momentum*l.mean[c] + (1-momentum)*mean[c]
			l.variance[c] = momentum*l.variance[c] + (1-momentum)*variance[c]
		}
	})
}

// statistics hands the statistics of the last batch to f, layer by layer.
func (t *Trainer) statistics(thread *kernels.Thread, f func(l *layer, mean, variance []float32)) error {
	for _, l := range t.network.layers {
		if l.mean == nil {
			continue
		}
		mean, variance := make([]float32, len(l.mean)), make([]float32, len(l.mean))
		if err := l.block.Statistics(thread, mean, variance); err != nil {
			return err
		}
		f(l, mean, variance)
	}
	return nil
}

// Scores writes the probability of a defect for each of len(scores) images, with
// the running statistics.
func (t *Trainer) Scores(images, scores []float32) error {
	in := t.network.input.Shape()
	if len(scores) == 0 || len(images)*in.N != len(scores)*in.Size() {
		return fmt.Errorf("scores: %w: %d values for %d images", inspection.ErrModelInput, len(images), len(scores))
	}
	err := t.executor.Do(func(thread *kernels.Thread) error {
		if err := t.refresh(thread); err != nil {
			return err
		}
		var out inference.Output
		if err := t.chain.Infer(thread, images, len(scores), &out); err != nil {
			return err
		}
		copy(scores, out.Scores)
		return nil
	})
	if err != nil {
		return fmt.Errorf("scores: %w", closed(err))
	}
	return nil
}

// refresh makes sure that the chain exists and holds the present weights.
func (t *Trainer) refresh(thread *kernels.Thread) error {
	if t.chain == nil {
		chain, err := native.NewChain(thread, t.architecture, t.batch)
		if err != nil {
			return err
		}
		t.chain, t.stale = chain, true
	}
	if !t.stale {
		return nil
	}
	t.stale = false
	return t.chain.Load(thread, t.present())
}

// Recalibrate replaces the running statistics by those of all the batches
// together, at frozen weights: the mean of the means, and the variance within
// and between batches. Each batch must be full. Without a batch nothing changes.
func (t *Trainer) Recalibrate(batches iter.Seq[[]float32]) error {
	type sums struct{ mean, square []float64 }
	totals := map[*layer]*sums{}
	count := 0.0
	for images := range batches {
		if err := t.checkBatch(images); err != nil {
			return fmt.Errorf("recalibrate: %w", err)
		}
		count++
		err := t.forward(images, func(l *layer, mean, variance []float32) {
			s := totals[l]
			if s == nil {
				s = &sums{make([]float64, len(mean)), make([]float64, len(mean))}
				totals[l] = s
			}
			for c := range mean {
				m := float64(mean[c])
				s.mean[c] += m
				s.square[c] += float64(variance[c]) + m*m
			}
		})
		if err != nil {
			return fmt.Errorf("recalibrate: %w", closed(err))
		}
	}
	for l, s := range totals {
		for c := range s.mean {
			m := s.mean[c] / count
			l.mean[c], l.variance[c] = float32(m), float32(max(s.square[c]/count-m*m, 0))
		}
	}
	t.stale = true
	return nil
}

// forward runs the training blocks on images, without loss and gradients, and hands their statistics to f.
func (t *Trainer) forward(images []float32, f func(l *layer, mean, variance []float32)) error {
	w := t.present()
	return t.executor.Do(func(thread *kernels.Thread) error {
		if err := t.network.input.Write(thread, images); err != nil {
			return err
		}
		for _, l := range t.network.layers {
			if err := l.block.Load(thread, l.part.Parameters(w)); err != nil {
				return err
			}
			if err := l.block.Forward(thread); err != nil {
				return err
			}
		}
		return t.statistics(thread, f)
	})
}

// SetLearningRate sets the rate of the steps that follow.
func (t *Trainer) SetLearningRate(rate float64) {
	t.rate = rate
	g.WithLearnRate(rate)(t.solver)
}

// present returns the parameters as they are, not a copy.
func (t *Trainer) present() architecture.Weights {
	w := architecture.Weights{}
	for _, l := range t.network.layers {
		for _, p := range l.trainable {
			w[p.name] = p.floats()
		}
		if l.mean != nil {
			w[l.part.Norm+".mean"], w[l.part.Norm+".variance"] = l.mean, l.variance
		}
	}
	return w
}

// Weights returns a copy of all parameters, running statistics included.
func (t *Trainer) Weights() (architecture.Weights, error) { return t.present().Clone(), nil }

// SetWeights replaces all parameters by copies of w's. It fails with
// inspection.ErrBadModel, changing nothing, where w does not fit the network.
func (t *Trainer) SetWeights(w architecture.Weights) error {
	if err := t.architecture.Check(w); err != nil {
		return fmt.Errorf("set weights: %w", err)
	}
	for name, values := range t.present() {
		copy(values, w[name])
	}
	t.stale = true
	return nil
}

// Close frees memory and threads. Further calls do nothing.
func (t *Trainer) Close() error {
	return t.executor.Close()
}

// closed translates the kernels' word for it.
func closed(err error) error {
	if errors.Is(err, kernels.ErrClosed) {
		return fmt.Errorf("%w: %w", inspection.ErrClosed, err)
	}
	return err
}
