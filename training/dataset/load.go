package dataset

import (
	"context"
	"fmt"
	"image"
	"strings"

	"assay/inference"
	"assay/inspection"
)

// MaxSide bounds the width and the height, in pixels, of a model's input.
const MaxSide = 4096

// DefaultMemoryBudget is what the pixels of a set may take unless told otherwise.
const DefaultMemoryBudget = 4 << 30

// LoadOptions say how a set is read.
type LoadOptions struct {
	// MemoryBudget bounds the bytes of the pixels of all sets that are loaded together; 0 takes DefaultMemoryBudget.
	MemoryBudget int64
	// Workers is the number of images decoded at once; 0 takes one a processor.
	Workers int
	// Progress is called now and then with the number of images done, never by two goroutines at once; it may be nil.
	Progress func(done, total int)
}

// Alteration returns a decoded picture changed, before it is brought to the
// model's input. It may be called from several goroutines, must leave img as it
// is, keep its size, and depend on nothing but its arguments; digest is the hex
// SHA-256 of the encoded image.
type Alteration func(img image.Image, digest string) image.Image

// Load reads every item and brings it to the model's input size, through the
// same function that inference uses. An image that cannot be read is listed in
// Unreadable and left out; when a class has none left, or more than half of the
// images cannot be read, the error wraps inspection.ErrBadDataset. So does it
// where identical images are labelled differently, where the content of an image
// no longer has the digest of its item, and where the pixels would not fit the
// memory budget. Cancelling ctx ends it with ctx's error.
func Load(ctx context.Context, items []Item, spec inspection.InputSpec, o LoadOptions) (*Set, error) {
	set, _, err := LoadAltered(ctx, items, spec, nil, o)
	return set, err
}

// LoadAltered is Load that also returns a set for each alteration: the same
// samples at the same indices with their pictures altered. Each image is read
// and decoded once for all sets; they share their lists and differ in Pixels
// alone. An image that cannot be brought into one of the sets is left out of all.
func LoadAltered(ctx context.Context, items []Item, spec inspection.InputSpec, alterations []Alteration, o LoadOptions) (*Set, []*Set, error) {
	if err := checkClasses(items, "the data set"); err != nil {
		return nil, nil, err
	}
	if spec.Channels < 1 || spec.Height < 1 || spec.Width < 1 || spec.Height > MaxSide || spec.Width > MaxSide {
		return nil, nil, fmt.Errorf("%w: input %d×%d×%d", inspection.ErrModelInput, spec.Channels, spec.Height, spec.Width)
	}
	if err := checkBudget(len(items), len(alterations), spec, o.MemoryBudget); err != nil {
		return nil, nil, err
	}
	l := newLoader(items, spec, alterations)
	if err := l.run(ctx, o); err != nil {
		return nil, nil, err
	}
	if err := l.unchanged(); err != nil {
		return nil, nil, err
	}
	sets := l.collect()
	if err := sets[0].check(len(items)); err != nil {
		return nil, nil, err
	}
	return sets[0], sets[1:], nil
}

func checkBudget(images, alterations int, spec inspection.InputSpec, budget int64) error {
	if budget <= 0 {
		budget = DefaultMemoryBudget
	}
	need := int64(images) * int64(imageSize(spec)) * int64(1+alterations)
	if need <= budget {
		return nil
	}
	variants := ""
	if alterations > 0 {
		variants = fmt.Sprintf(" with %d variants of each", alterations)
	}
	return fmt.Errorf("%w: %d images%s at %d×%d pixels take %.1f GB of memory, more than the %.1f GB allowed; choose a smaller input, fewer images, or fewer variants of each",
		inspection.ErrBadDataset, images, variants, spec.Width, spec.Height, float64(need)/(1<<30), float64(budget)/(1<<30))
}

type loader struct {
	items       []Item
	spec        inspection.InputSpec
	alterations []Alteration
	// pixels holds the images as they are, then those of each alteration.
	pixels  [][]uint8
	digests []string
	failed  []error
}

func newLoader(items []Item, spec inspection.InputSpec, alterations []Alteration) *loader {
	l := &loader{items: items, spec: spec, alterations: alterations, pixels: make([][]uint8, 1+len(alterations)),
		digests: make([]string, len(items)), failed: make([]error, len(items))}
	for i := range l.pixels {
		l.pixels[i] = make([]uint8, len(items)*imageSize(spec))
	}
	return l
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

// read decodes item i into its places. Inference rounds the resized pixel to 8
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
	size := preprocessor.Size()
	for n, pixels := range l.pixels {
		altered := img
		if n > 0 {
			altered = l.alterations[n-1](img, l.digests[i])
		}
		if _, err := preprocessor.Pixels(altered, l.items[i].Region, pixels[i*size:(i+1)*size]); err != nil {
			return err
		}
	}
	return nil
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

// collect closes the gaps that unreadable images left, and returns the images as
// they are, then those of each alteration.
func (l *loader) collect() []*Set {
	size := imageSize(l.spec)
	plain := Set{Spec: l.spec}
	for i, item := range l.items {
		if l.failed[i] != nil {
			plain.Unreadable = append(plain.Unreadable, Problem{item.Name, l.failed[i]})
			continue
		}
		for _, pixels := range l.pixels {
			copy(pixels[plain.Len()*size:], pixels[i*size:(i+1)*size])
		}
		plain.Samples = append(plain.Samples, Sample{Name: item.Name, Class: item.Class, Digest: l.digests[i], Part: item.Part, Group: item.Group})
	}
	sets := make([]*Set, len(l.pixels))
	for n, pixels := range l.pixels {
		set := plain
		set.Pixels = pixels[:plain.Len()*size]
		sets[n] = &set
	}
	return sets
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
