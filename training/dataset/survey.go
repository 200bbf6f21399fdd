package dataset

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"runtime"
	"sync"
	"sync/atomic"

	"assay/inspection"
)

// SurveyOptions say how much of each image is looked at.
type SurveyOptions struct {
	// Content decodes each image, which finds truncated ones and allows the search for near-duplicates. Otherwise only
	// digests are taken.
	Content bool
	// Workers is the number of images read at once; 0 takes one a processor.
	Workers int
	// Progress is called now and then with the number of images done, never by two goroutines at once; it may be nil.
	Progress func(done, total int)
}

// Survey is what was found in a list of items. It does not change once made.
type Survey struct {
	// Items are the items whose bytes could be read, in their order, with their digests.
	Items []Item
	// Facts belong to Items, index by index; Index says where each item stood in the list given to Inspect.
	Facts []Fact
	Index []int
	// Lost lists the items that could not be read at all.
	Lost []Problem
}

// Fact is what one image turned out to be.
type Fact struct {
	// Width and Height are in pixels, 0 where even the head is unreadable.
	Width, Height int
	// Colour is gray, gray16, colour, colour16, palette or cmyk; empty where unreadable.
	Colour string
	// Err wraps inspection.ErrBadImage where the image cannot be decoded to its end; only a survey of the content knows.
	Err error

	thumbnail *thumbnail // nil where there is none
}

// Size returns "width×height".
func (f Fact) Size() string { return fmt.Sprintf("%d×%d", f.Width, f.Height) }

// Inspect reads every item and says what it is. Only cancelling ctx makes it
// fail.
func Inspect(ctx context.Context, items []Item, o SurveyOptions) (*Survey, error) {
	s := &surveyor{items: items, content: o.Content, facts: make([]Fact, len(items)), digests: make([]string, len(items)), lost: make([]error, len(items))}
	if err := forEach(ctx, len(items), o.Workers, o.Progress, s.worker); err != nil {
		return nil, fmt.Errorf("inspect data set: %w", err)
	}
	survey := &Survey{}
	for i, item := range items {
		if s.lost[i] != nil {
			survey.Lost = append(survey.Lost, Problem{item.Name, s.lost[i]})
			continue
		}
		item.Digest = s.digests[i]
		survey.Items = append(survey.Items, item)
		survey.Facts = append(survey.Facts, s.facts[i])
		survey.Index = append(survey.Index, i)
	}
	return survey, nil
}

// filter keeps the items for whose indices keep returns true.
func (s *Survey) filter(keep func(i int) bool) {
	n := 0
	for i := range s.Items {
		if keep(i) {
			s.Items[n], s.Facts[n], s.Index[n] = s.Items[i], s.Facts[i], s.Index[i]
			n++
		}
	}
	s.Items, s.Facts, s.Index = s.Items[:n], s.Facts[:n], s.Index[:n]
}

type surveyor struct {
	items   []Item
	content bool
	facts   []Fact
	digests []string
	lost    []error
}

// worker returns what one goroutine does to item i.
func (s *surveyor) worker() (func(i int), error) {
	return func(i int) {
		data, err := s.items[i].Read()
		if err != nil {
			s.lost[i] = err
			return
		}
		s.digests[i] = digestOf(data)
		if s.content {
			s.facts[i] = inspectImage(data, s.items[i].Region)
		}
	}, nil
}

func inspectImage(data []byte, region inspection.Rectangle) Fact {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Fact{Err: fmt.Errorf("%w: %w", inspection.ErrBadImage, err)}
	}
	fact := Fact{Width: config.Width, Height: config.Height, Colour: colourMode(config.ColorModel)}
	img, err := Decode(data)
	if err != nil {
		fact.Err = err
		return fact
	}
	fact.thumbnail, fact.Err = newThumbnail(img, region)
	return fact
}

func colourMode(model color.Model) string {
	switch model {
	case color.GrayModel:
		return "gray"
	case color.Gray16Model:
		return "gray16"
	case color.RGBA64Model, color.NRGBA64Model:
		return "colour16"
	case color.CMYKModel:
		return "cmyk"
	}
	if _, ok := model.(color.Palette); ok {
		return "palette"
	}
	return "colour"
}

// forEach calls a worker's function for each i below n, spread over goroutines
// that each have a worker of their own, and returns when all have ended. It
// fails with ctx's error, or that of making a worker.
func forEach(ctx context.Context, n, workers int, progress func(done, total int), worker func() (func(i int), error)) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var (
		group sync.WaitGroup
		next  atomic.Int64
		mutex sync.Mutex // guards done and the progress calls
		done  int
	)
	report := func() {
		mutex.Lock()
		defer mutex.Unlock()
		done++
		if progress != nil && (done%64 == 0 || done == n) {
			progress(done, n)
		}
	}
	for range min(workers, n) {
		do, err := worker()
		if err != nil {
			group.Wait()
			return err
		}
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				do(i)
				report()
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
