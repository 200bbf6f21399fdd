package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"assay/inference"
	"assay/inspection"
)

// maxSide bounds a model's input.
const maxSide = 4096

// LoadOptions say how a set is read.
type LoadOptions struct {
	// Workers is the number of images decoded at once; 0 takes one a processor.
	Workers int
	// Progress is called now and then with the number of images done, never by two goroutines at once; it may be nil.
	Progress func(done, total int)
}

// Load reads every item and brings it to the model's input size, through the
// same function that inference uses. An image that cannot be read is listed in
// Unreadable and left out; when a class has none left, or more than half of the
// images cannot be read, the error wraps inspection.ErrBadDataset. So does it
// where identical images are labelled differently. Cancelling ctx ends it with
// ctx's error.
func Load(ctx context.Context, items []Item, spec inspection.InputSpec, o LoadOptions) (*Set, error) {
	if err := checkClasses(items, "the data set"); err != nil {
		return nil, err
	}
	if spec.Channels < 1 || spec.Height < 1 || spec.Width < 1 || spec.Height > maxSide || spec.Width > maxSide {
		return nil, fmt.Errorf("%w: input %d×%d×%d", inspection.ErrModelInput, spec.Channels, spec.Height, spec.Width)
	}
	l := &loader{items: items, spec: spec, pixels: make([]uint8, len(items)*imageSize(spec)),
		digests: make([]string, len(items)), failed: make([]error, len(items))}
	if err := l.run(ctx, o); err != nil {
		return nil, err
	}
	set := l.collect()
	if err := set.check(len(items)); err != nil {
		return nil, err
	}
	return set, nil
}

type loader struct {
	items   []Item
	spec    inspection.InputSpec
	pixels  []uint8
	digests []string
	failed  []error
	next    atomic.Int64
}

// run reads the items on several goroutines and returns when all have ended.
func (l *loader) run(ctx context.Context, o LoadOptions) error {
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var (
		group sync.WaitGroup
		mutex sync.Mutex // guards done and the progress calls
		done  int
	)
	report := func() {
		mutex.Lock()
		defer mutex.Unlock()
		done++
		if o.Progress != nil && (done%64 == 0 || done == len(l.items)) {
			o.Progress(done, len(l.items))
		}
	}
	for range min(workers, len(l.items)) {
		preprocessor, err := inference.NewPreprocessor(l.spec)
		if err != nil {
			return err
		}
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(l.next.Add(1)) - 1
				if i >= len(l.items) {
					return
				}
				l.failed[i] = l.read(i, preprocessor)
				report()
			}
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read data set: %w", err)
	}
	return nil
}

// read decodes item i into its place. Inference rounds the resized pixel to 8
// bits before scaling it, so nothing is lost by keeping bytes.
func (l *loader) read(i int, preprocessor *inference.Preprocessor) error {
	data, err := l.items[i].Read()
	if err != nil {
		return err
	}
	img, err := Decode(data)
	if err != nil {
		return err
	}
	size := preprocessor.Size()
	if _, err := preprocessor.Pixels(img, l.items[i].Region, l.pixels[i*size:(i+1)*size]); err != nil {
		return err
	}
	digest := sha256.Sum256(data)
	l.digests[i] = hex.EncodeToString(digest[:])
	return nil
}

// collect closes the gaps that unreadable images left.
func (l *loader) collect() *Set {
	size := imageSize(l.spec)
	set := &Set{Spec: l.spec}
	for i, item := range l.items {
		if l.failed[i] != nil {
			set.Unreadable = append(set.Unreadable, Problem{item.Name, l.failed[i]})
			continue
		}
		copy(l.pixels[set.Len()*size:], l.pixels[i*size:(i+1)*size])
		set.Samples = append(set.Samples, Sample{Name: item.Name, Class: item.Class, Digest: l.digests[i]})
	}
	set.Pixels = l.pixels[:set.Len()*size]
	return set
}

func (s *Set) check(total int) error {
	bad := len(s.Unreadable)
	normal, defective := s.Count()
	if bad > 0 && (2*bad > total || normal == 0 || defective == 0) {
		return fmt.Errorf("%w: %d of %d images cannot be read, leaving %d normal and %d defective ones; the first is %s: %w",
			inspection.ErrBadDataset, bad, total, normal, defective, s.Unreadable[0].Name, s.Unreadable[0].Err)
	}
	seen := make(map[string]Sample, s.Len())
	for _, sample := range s.Samples {
		if other, ok := seen[sample.Digest]; ok && other.Class != sample.Class {
			return fmt.Errorf("%w: %s is labelled %s but %s, the same image, %s; correct one or remove both",
				inspection.ErrBadDataset, other.Name, other.Class, sample.Name, sample.Class)
		}
		seen[sample.Digest] = sample
	}
	return nil
}
