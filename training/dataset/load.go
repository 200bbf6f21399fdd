package dataset

import (
	"context"
	"fmt"
	"image"
	"strings"

	"assay/inference"
	"assay/inspection"
)

// maxSide bounds a model's input.
const maxSide = 4096

// DefaultMemoryBudget is what the pixels of a set may take unless told otherwise.
const DefaultMemoryBudget = 4 << 30

// LoadOptions say how a set is read.
type LoadOptions struct {
	// MemoryBudget bounds the bytes of the set's pixels; 0 takes DefaultMemoryBudget.
	MemoryBudget int64
	// Workers is the number of images decoded at once; 0 takes one a processor.
	Workers int
	// Alter changes a decoded picture before it is brought to the model's input; nil leaves all as they are. It may be called
	// from several goroutines, must not change img, and must depend on nothing but its arguments.
	Alter func(img image.Image, digest string) image.Image
	// Progress is called now and then with the number of images done, never by two goroutines at once; it may be nil.
	Progress func(done, total int)
}

// Load reads every item and brings it to the model's input size, through the
// same function that inference uses. An image that cannot be read is listed in
// Unreadable and left out; when a class has none left, or more than half of the
// images cannot be read, the error wraps inspection.ErrBadDataset. So does it
// where identical images are labelled differently, where the content of an image
// no longer has the digest of its item, and where the pixels would not fit the
// memory budget. Cancelling ctx ends it with ctx's error.
func Load(ctx context.Context, items []Item, spec inspection.InputSpec, o LoadOptions) (*Set, error) {
	if err := checkClasses(items, "the data set"); err != nil {
		return nil, err
	}
	if spec.Channels < 1 || spec.Height < 1 || spec.Width < 1 || spec.Height > maxSide || spec.Width > maxSide {
		return nil, fmt.Errorf("%w: input %d×%d×%d", inspection.ErrModelInput, spec.Channels, spec.Height, spec.Width)
	}
	if err := checkBudget(len(items), spec, o.MemoryBudget); err != nil {
		return nil, err
	}
	l := &loader{items: items, spec: spec, pixels: make([]uint8, len(items)*imageSize(spec)),
		digests: make([]string, len(items)), failed: make([]error, len(items)), alter: o.Alter}
	if err := l.run(ctx, o); err != nil {
		return nil, err
	}
	if err := l.unchanged(); err != nil {
		return nil, err
	}
	set := l.collect()
	if err := set.check(len(items)); err != nil {
		return nil, err
	}
	return set, nil
}

func checkBudget(n int, spec inspection.InputSpec, budget int64) error {
	if budget <= 0 {
		budget = DefaultMemoryBudget
	}
	if need := int64(n) * int64(imageSize(spec)); need > budget {
		return fmt.Errorf("%w: %d images at %d×%d pixels take %.1f GB of memory, more than the %.1f GB allowed; choose a smaller input, fewer images, or fewer variants of each",
			inspection.ErrBadDataset, n, spec.Width, spec.Height, float64(need)/(1<<30), float64(budget)/(1<<30))
	}
	return nil
}

type loader struct {
	items   []Item
	spec    inspection.InputSpec
	pixels  []uint8
	digests []string
	failed  []error
	alter   func(image.Image, string) image.Image
}

// run reads the items on several goroutines and returns when all have ended.
func (l *loader) run(ctx context.Context, o LoadOptions) error {
	err := forEach(ctx, len(l.items), o.Workers, o.Progress, func() (func(i int), error) {
		preprocessor, err := inference.NewPreprocessor(l.spec)
		if err != nil {
			return nil, err
		}
		return func(i int) { l.failed[i] = l.read(i, preprocessor) }, nil
	})
	if err != nil {
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
	l.digests[i] = digestOf(data)
	img, err := Decode(data)
	if err != nil {
		return err
	}
	if l.alter != nil {
		img = l.alter(img, l.digests[i])
	}
	size := preprocessor.Size()
	_, err = preprocessor.Pixels(img, l.items[i].Region, l.pixels[i*size:(i+1)*size])
	return err
}

// unchanged holds the images to the digests that their items carry.
func (l *loader) unchanged() error {
	var names []string
	for i, item := range l.items {
		if item.Digest != "" && l.digests[i] != item.Digest {
			names = append(names, item.Name)
		}
	}
	return changedError(names, len(l.items))
}

// changedError says which images of a set are no longer what they were.
func changedError(names []string, total int) error {
	if len(names) == 0 {
		return nil
	}
	list := strings.Join(names[:min(len(names), 3)], ", ")
	if len(names) > 3 {
		list += ", …"
	}
	return fmt.Errorf("%w: %d of %d images changed or vanished since the data set was taken: %s; put the files back or import the data set again",
		inspection.ErrBadDataset, len(names), total, list)
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
		set.Samples = append(set.Samples, Sample{Name: item.Name, Class: item.Class, Digest: l.digests[i], Part: item.Part, Group: item.Group})
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
