package training

import (
	"context"
	"iter"
	"math"
	"runtime"
	"sync"

	"assay/inference"
	"assay/training/augment"
	"assay/training/dataset"
)

// feed turns a data set into batches. It does not change while it is used, and
// may be used by several goroutines.
type feed struct {
	set   *dataset.Set
	train []int // indices into set
	// variants hold set's images altered, at the same indices.
	variants []*dataset.Set
	batch    int
	seed     uint64
	pipe     augment.Pipeline
	// whiten is applied to every image as the last step, in place; nil for none.
	whiten func(image []float32)

	// replay holds the indices of images that take replayShare of every batch; stepsPerEpoch replaces a pass over train
	// where it is not 0.
	replay        []int
	replayShare   float64
	stepsPerEpoch int

	// weights is what an image of each class counts, nil for 1 each; smoothing softens labels.
	weights   *[2]float32
	smoothing float64
	// workers is the number of goroutines that prepare batches; 0 takes a fitting number.
	workers int
}

// batch is what one step takes. weights is nil where all images count alike.
type batch struct{ images, labels, weights []float32 }

func (f *feed) imageSize() int { return f.set.Spec.Channels * f.set.Spec.Height * f.set.Spec.Width }

func (f *feed) newBatch() batch {
	b := batch{images: make([]float32, f.batch*f.imageSize()), labels: make([]float32, f.batch)}
	if f.weights != nil {
		b.weights = make([]float32, f.batch)
	}
	return b
}

// steps is the number of batches of an epoch: the full ones of a pass, where
// what is left over waits for another epoch, which shuffles anew; or those asked
// for.
func (f *feed) steps() int {
	if f.stepsPerEpoch > 0 {
		return f.stepsPerEpoch
	}
	return len(f.train) / f.batch
}

// dealer chooses the images of batches. Each goroutine has its own.
type dealer struct {
	feed          *feed
	fresh, replay stream
}

func (f *feed) dealer() *dealer {
	return &dealer{feed: f, fresh: stream{indices: f.train, seed: f.seed},
		replay: stream{indices: f.replay, seed: f.seed, salt: saltOf("replayed order"), first: len(f.train)}}
}

// picks returns the images of a step, counted from 0, of an epoch, counted from
// 1. Without steps asked for, an epoch is a pass over the training part.
func (d *dealer) picks(epoch, step int) []pick {
	f := d.feed
	list := make([]pick, f.batch)
	if f.stepsPerEpoch == 0 && len(f.replay) == 0 {
		for i := range list {
			list[i] = d.fresh.at((epoch-1)*len(f.train) + step*f.batch + i)
		}
		return list
	}
	old := 0
	if len(f.replay) > 0 {
		old = replayedOf(f.replayShare, f.batch)
	}
	global := (epoch-1)*f.steps() + step
	for i := range list {
		if i < old {
			list[i] = d.replay.at(global*old + i)
		} else {
			list[i] = d.fresh.at(global*(f.batch-old) + i - old)
		}
	}
	return list
}

// replayedOf is how many images of a batch are replayed.
func replayedOf(share float64, batch int) int {
	return min(int(math.Round(share*float64(batch))), batch)
}

// preparers is the number of goroutines that prepare batches by default: two
// keep up with a step that has one processor or two, and wait while they are
// ahead.
func (f *feed) preparers() int {
	if f.workers > 0 {
		return f.workers
	}
	return min(2, runtime.GOMAXPROCS(0))
}

// lane is one worker's exchange with the loop over batches.
type lane struct{ free, ready chan batch }

// epoch yields the batches of an epoch. They are prepared ahead on a few
// goroutines, which have ended when the loop over them has: worker w prepares
// the steps w, w+workers, …, so that the order never depends on who is faster. A
// batch is valid until the next one; the sequence ends early when ctx is
// cancelled.
func (f *feed) epoch(ctx context.Context, epoch int) iter.Seq[batch] {
	return func(yield func(batch) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var workers sync.WaitGroup
		defer workers.Wait()
		defer cancel()
		lanes := make([]lane, min(f.preparers(), f.steps()))
		for w := range lanes {
			// Two buffers: one ready or in the step's hands, one being filled.
			lanes[w] = lane{make(chan batch, 2), make(chan batch, 1)}
			for range cap(lanes[w].free) {
				lanes[w].free <- f.newBatch()
			}
			workers.Go(func() { f.prepare(ctx, lanes[w], epoch, w, len(lanes)) })
		}
		for step := range f.steps() {
			l := lanes[step%len(lanes)]
			select {
			case <-ctx.Done():
				return
			case b := <-l.ready:
				if ctx.Err() != nil || !yield(b) {
					return
				}
				l.free <- b
			}
		}
	}
}

// prepare fills the batches of every stride-th step from first on.
func (f *feed) prepare(ctx context.Context, l lane, epoch, first, stride int) {
	deal := f.dealer()
	for step := first; step < f.steps(); step += stride {
		select {
		case <-ctx.Done():
			return
		case b := <-l.free:
			f.fill(b, deal.picks(epoch, step), true)
			select {
			case <-ctx.Done():
				return
			case l.ready <- b:
			}
		}
	}
}

// fill writes those images, augmented or as they are, their labels and weights.
func (f *feed) fill(b batch, picks []pick, augmented bool) {
	for i, p := range picks {
		f.input(f.slot(b.images, i), p, augmented)
		class := f.set.Samples[p.index].Class
		b.labels[i] = smoothed(class, f.smoothing)
		if f.weights != nil {
			b.weights[i] = f.weights[class]
		}
	}
}

func (f *feed) slot(images []float32, i int) []float32 {
	size := f.imageSize()
	return images[i*size : (i+1)*size]
}

// input writes one image as the network takes it.
func (f *feed) input(dst []float32, p pick, augmented bool) {
	if augmented {
		set := choose(f.set, f.variants, p, f.seed)
		f.pipe.Apply(dst, set.Image(p.index), f.set.Spec, augment.Key{Seed: f.seed, Epoch: p.epoch, Sample: p.sample})
	} else {
		f.set.Input(p.index, dst)
	}
	if f.whiten != nil {
		f.whiten(dst)
	}
}

// calibration yields up to n batches of an epoch for the statistics of batch
// norms: images as inference sees them or, augmented, as the steps did.
func (f *feed) calibration(ctx context.Context, epoch, n int, augmented bool) iter.Seq[[]float32] {
	return func(yield func([]float32) bool) {
		b, deal := f.newBatch(), f.dealer()
		for step := range min(n, f.steps()) {
			if ctx.Err() != nil {
				return
			}
			f.fill(b, deal.picks(epoch, step), augmented)
			if !yield(b.images) {
				return
			}
		}
	}
}

// scores runs the backend over the samples at those indices, about a batch at a
// time, each in so many views, 1 or more, as an engine judges it
// (inference.InViews).
func (f *feed) scores(ctx context.Context, backend Backend, indices []int, views int) ([]float32, error) {
	size, together := f.imageSize(), max(f.batch/views, 1)
	images, seen := make([]float32, together*views*size), make([]float32, together*views)
	scores := make([]float32, len(indices))
	for start := 0; start < len(indices); start += together {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := indices[start:min(start+together, len(indices))]
		for i, index := range part {
			f.inViews(images[i*views*size:(i+1)*views*size], index, views)
		}
		if err := backend.Scores(images[:len(part)*views*size], seen[:len(part)*views]); err != nil {
			return nil, err
		}
		for i := range part {
			scores[start+i] = inference.MeanScore(seen[i*views : (i+1)*views])
		}
	}
	return scores, nil
}

// inViews writes one image as the network takes it, in so many views.
func (f *feed) inViews(dst []float32, index, views int) {
	image := f.slot(dst, 0) // the first view
	f.input(image, pick{index: index}, false)
	for view := 1; view < views; view++ {
		inference.View(f.slot(dst, view), image, f.set.Spec.Width, view)
	}
}

// judged is scores as the model that is being made will judge, in the views that
// its input asks for.
func (f *feed) judged(ctx context.Context, backend Backend, indices []int) ([]float32, error) {
	return f.scores(ctx, backend, indices, max(f.set.Spec.Views, 1))
}
