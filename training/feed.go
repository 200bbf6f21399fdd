package training

import (
	"context"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"sync"

	"assay/inspection"
	"assay/training/augment"
	"assay/training/dataset"
)

// feed turns a data set into batches.
type feed struct {
	set   *dataset.Set
	train []int // indices into set
	batch int
	seed  uint64
	pipe  augment.Pipeline
}

// batch is what one step takes.
type batch struct{ images, labels []float32 }

func (f *feed) imageSize() int { return f.set.Spec.Channels * f.set.Spec.Height * f.set.Spec.Width }

// steps is the number of full batches; what is left over waits for another
// epoch, which shuffles anew.
func (f *feed) steps() int { return len(f.train) / f.batch }

var shuffleStream = func() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("training order")) // never fails
	return h.Sum64()
}()

// order returns the positions in train as the epoch visits them.
func (f *feed) order(epoch int) []int {
	random := rand.New(rand.NewPCG(f.seed, shuffleStream+uint64(epoch))) //nolint:gosec // an order needs no secrecy
	return random.Perm(len(f.train))
}

// epoch yields the batches of an epoch. They are prepared one ahead on another
// goroutine, which has ended when the loop over them has. A batch is valid until
// the next one; the sequence ends early when ctx is cancelled.
func (f *feed) epoch(ctx context.Context, epoch int) iter.Seq[batch] {
	return func(yield func(batch) bool) {
		ctx, cancel := context.WithCancel(ctx)
		// Three buffers: one in the step's hands, one ready, one being filled.
		free, ready := make(chan batch, 3), make(chan batch, 1)
		for range cap(free) {
			free <- batch{make([]float32, f.batch*f.imageSize()), make([]float32, f.batch)}
		}
		var producer sync.WaitGroup
		producer.Go(func() {
			defer close(ready)
			f.produce(ctx, epoch, free, ready)
		})
		defer producer.Wait()
		defer cancel()
		for b := range ready {
			if ctx.Err() != nil || !yield(b) {
				return
			}
			free <- b
		}
	}
}

func (f *feed) produce(ctx context.Context, epoch int, free <-chan batch, ready chan<- batch) {
	order := f.order(epoch)
	for step := range f.steps() {
		select {
		case <-ctx.Done():
			return
		case b := <-free:
			f.fill(b, order[step*f.batch:(step+1)*f.batch], epoch)
			select {
			case <-ctx.Done():
				return
			case ready <- b:
			}
		}
	}
}

// fill writes the augmented images at those positions and their labels.
func (f *feed) fill(b batch, positions []int, epoch int) {
	size := f.imageSize()
	for i, position := range positions {
		index := f.train[position]
		key := augment.Key{Seed: f.seed, Epoch: epoch, Sample: position}
		f.pipe.Apply(b.images[i*size:(i+1)*size], f.set.Image(index), f.set.Spec, key)
		b.labels[i] = 0
		if f.set.Samples[index].Class == inspection.Defective {
			b.labels[i] = 1
		}
	}
}

// plain yields up to n full batches of an epoch without augmentation, the
// images that inference sees, for the statistics of batch norms.
func (f *feed) plain(ctx context.Context, epoch, n int) iter.Seq[[]float32] {
	return func(yield func([]float32) bool) {
		b := batch{make([]float32, f.batch*f.imageSize()), make([]float32, f.batch)}
		bare := &feed{set: f.set, train: f.train, batch: f.batch}
		order := f.order(epoch)
		for step := range min(n, f.steps()) {
			if ctx.Err() != nil {
				return
			}
			bare.fill(b, order[step*f.batch:(step+1)*f.batch], epoch)
			if !yield(b.images) {
				return
			}
		}
	}
}

// scores runs the backend over the samples at those indices, a batch at a time.
func (f *feed) scores(ctx context.Context, backend Backend, indices []int) ([]float32, error) {
	size := f.imageSize()
	images, scores := make([]float32, f.batch*size), make([]float32, len(indices))
	for start := 0; start < len(indices); start += f.batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := indices[start:min(start+f.batch, len(indices))]
		for i, index := range part {
			f.set.Input(index, images[i*size:(i+1)*size])
		}
		if err := backend.Scores(images[:len(part)*size], scores[start:start+len(part)]); err != nil {
			return nil, err
		}
	}
	return scores, nil
}
