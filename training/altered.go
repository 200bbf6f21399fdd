package training

import (
	"context"
	"errors"
	"fmt"
	"image"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"assay/inference"
	"assay/inspection"
	"assay/training/dataset"
	"assay/training/perturb"
)

// Alteration is a way of changing decoded pictures before a model's preprocessing.
type Alteration struct {
	Name string
	// Apply returns the changed picture, always the same for a seed and an index, and leaves img as it is. nil changes
	// nothing.
	Apply func(img image.Image, seed uint64, index int) image.Image
}

// Unchanged is the name of the alteration that leaves pictures as they are.
const Unchanged = "none"

// PerturbationSuite returns the alterations of `assay evaluate --perturb`: the
// unchanged pictures first, then package perturb's suite.
func PerturbationSuite() []Alteration {
	list := []Alteration{{Name: Unchanged}}
	for _, p := range perturb.Suite() {
		list = append(list, Alteration{p.Name, p.Apply})
	}
	return list
}

// PaperAugmented returns the alteration that makes the paper's augmented test.
func PaperAugmented() Alteration {
	p := perturb.PaperAugmented()
	return Alteration{p.Name, p.Apply}
}

// AlteredRequest says which models are to be measured under which alterations of which
// pictures. Each picture is decoded once and changed once for all models.
type AlteredRequest struct {
	Subjects    []Subject
	Alterations []Alteration
	// Items must hold both classes. Seed and an item's place in the list decide what is drawn for it.
	Items []dataset.Item
	Seed  uint64
	// Batch is the number of pictures judged at once, at most what the engines were made for; 0 means 1.
	Batch int
	// Progress is called with the number of pictures done; it may be nil.
	Progress func(done, total int)
}

// EvaluateAltered returns an evaluation for each subject and alteration, in their
// order. Pictures that cannot be read are left out everywhere. Errors are those
// of Evaluate.
func EvaluateAltered(ctx context.Context, r AlteredRequest) ([][]Evaluation, error) {
	start := time.Now()
	out := make([][]Evaluation, len(r.Subjects))
	for s := range out {
		out[s] = make([]Evaluation, len(r.Alterations))
	}
	chunk, err := r.newChunk()
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	for first := 0; first < len(r.Items); first += chunk.size {
		n := min(chunk.size, len(r.Items)-first)
		if err := chunk.prepare(ctx, first, n); err != nil {
			return nil, fmt.Errorf("evaluate: %w", err)
		}
		if err := chunk.judge(out, first, n); err != nil {
			return nil, fmt.Errorf("evaluate: %w", err)
		}
		if r.Progress != nil {
			r.Progress(first+n, len(r.Items))
		}
	}
	for s := range out {
		for v := range out[s] {
			if len(out[s][v].Judged) == 0 {
				return nil, fmt.Errorf("evaluate: no picture can be read: %w", errors.Join(chunk.failed...))
			}
			if err := out[s][v].summarise(start); err != nil {
				return nil, fmt.Errorf("evaluate: %w", err)
			}
		}
	}
	return out, nil
}

// chunk holds a few pictures' inputs for every subject and alteration.
type chunk struct {
	AlteredRequest
	size int
	// pixels and inputs are by subject and alteration, size pictures each.
	pixels [][][]uint8
	inputs [][][]float32
	// failed says for each picture of the chunk why it was left out.
	failed []error
	tools  []preprocessors
	output inference.Output
}

// preprocessors are one worker's, by subject.
type preprocessors []*inference.Preprocessor

func (r AlteredRequest) newChunk() (*chunk, error) {
	c := &chunk{AlteredRequest: r, size: max(r.Batch, 1)}
	c.failed = make([]error, c.size)
	for _, subject := range r.Subjects {
		length := c.size * subject.size()
		pixels, inputs := make([][]uint8, len(r.Alterations)), make([][]float32, len(r.Alterations))
		for v := range r.Alterations {
			pixels[v], inputs[v] = make([]uint8, length), make([]float32, length)
		}
		c.pixels, c.inputs = append(c.pixels, pixels), append(c.inputs, inputs)
	}
	for range runtime.GOMAXPROCS(0) {
		var tools preprocessors
		for _, subject := range r.Subjects {
			p, err := inference.NewPreprocessor(subject.Input)
			if err != nil {
				return nil, err
			}
			tools = append(tools, p)
		}
		c.tools = append(c.tools, tools)
	}
	return c, nil
}

// size returns the number of values of one input.
func (s Subject) size() int { return s.Input.Channels * s.Input.Height * s.Input.Width }

// prepare reads the pictures from first on, on a worker a processor.
func (c *chunk) prepare(ctx context.Context, first, n int) error {
	var workers sync.WaitGroup
	var next atomic.Int64
	for _, tools := range c.tools {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				c.failed[i] = c.picture(tools, first+i, i)
			}
		})
	}
	workers.Wait()
	for _, err := range c.failed[:n] {
		if errors.Is(err, inspection.ErrBadDataset) { // it is not the set any more that is asked about
			return err
		}
	}
	return ctx.Err()
}

// picture fills the inputs of one picture at its place in the chunk.
func (c *chunk) picture(tools preprocessors, index, place int) error {
	item := c.Items[index]
	data, err := item.Content()
	if err != nil {
		return err
	}
	img, err := dataset.Decode(data)
	if err != nil {
		return err
	}
	for v, alteration := range c.Alterations {
		changed := img
		if alteration.Apply != nil {
			changed = alteration.Apply(img, c.Seed, index)
		}
		for s, subject := range c.Subjects {
			from, to := place*subject.size(), (place+1)*subject.size()
			pixels, input := c.pixels[s][v][from:to], c.inputs[s][v][from:to]
			if _, err := tools[s].Pixels(changed, item.Region, pixels); err != nil {
				return err
			}
			if err := tools[s].Scale(pixels, input); err != nil {
				return err
			}
			if subject.Whiten != nil {
				subject.Whiten(input)
			}
		}
	}
	return nil
}

// judge runs every engine on every alteration of the chunk.
func (c *chunk) judge(out [][]Evaluation, first, n int) error {
	for s, subject := range c.Subjects {
		for v := range c.Alterations {
			if err := subject.Engine.Infer(c.inputs[s][v][:n*subject.size()], n, &c.output); err != nil {
				return fmt.Errorf("judge %s: %w", c.Items[first].Name, err)
			}
			for i, item := range c.Items[first : first+n] {
				if c.failed[i] != nil {
					out[s][v].Unreadable = append(out[s][v].Unreadable, dataset.Problem{Name: item.Name, Err: c.failed[i]})
					continue
				}
				pixels := c.pixels[s][v][i*subject.size() : (i+1)*subject.size()]
				sample := dataset.Sample{Name: item.Name, Digest: item.Digest, Class: item.Class}
				out[s][v].Judged = append(out[s][v].Judged, subject.judged(sample, pixels, c.output.Scores[i]))
			}
		}
	}
	return nil
}
