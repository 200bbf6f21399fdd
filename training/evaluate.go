package training

import (
	"context"
	"errors"
	"fmt"
	"time"

	"assay/inference"
	"assay/inspection"
	"assay/training/augment"
	"assay/training/compare"
	"assay/training/dataset"
	"assay/training/metrics"
)

// Subject is a model to be measured.
type Subject struct {
	// Engine runs the model; it stays the caller's. Input and Thresholds are the card's.
	Engine     inference.Engine
	Input      inspection.InputSpec
	Thresholds inspection.Thresholds
	// Familiarity says how like the model's training pictures an input's 8-bit pixels (C,H,W) are; nil where the model
	// cannot tell.
	Familiarity func(pixels []uint8) inspection.Familiarity
	// Whiten changes an input (C,H,W) in place as the last step before the engine; nil where the model has none.
	Whiten func(image []float32)
}

// EvaluateRequest says what is to be measured on what.
type EvaluateRequest struct {
	Subject
	// Items are the images, such as those of Select.
	Items []dataset.Item
	// Augment makes one seeded variant of each image at the input's size; the zero value leaves them as they are.
	Augment augment.Pipeline
	Seed    uint64
	// Batch is the number of images judged at once, at most what the engine was made for; 0 means 1.
	Batch int
	// Progress is called while images are read (stage "read") and judged ("judge"); it may be nil.
	Progress func(stage string, done, total int)
}

// The stages that EvaluateRequest.Progress names.
const (
	StageRead  = "read"
	StageJudge = "judge"
)

// Judged is one image with what the model said of it.
type Judged struct {
	compare.Judged
	// Distance and Unfamiliar are nil where the model cannot tell.
	Distance   *float64           `json:"distance,omitempty"`
	Unfamiliar *bool              `json:"unfamiliar,omitempty"`
	Verdict    inspection.Verdict `json:"verdict"`
}

// Evaluation is a report with what it was measured on.
type Evaluation struct {
	metrics.Report
	// Decided holds the figures at the model's own thresholds, with unfamiliar images in review; Unfamiliar is their
	// share in per cent, nil where the model cannot tell.
	Decided    metrics.Decided `json:"decided"`
	Unfamiliar *float64        `json:"unfamiliar,omitempty"`
	// Judged holds the images in the items' order, but for those that cannot be read.
	Judged []Judged `json:"-"`
	// Dataset is the set's fingerprint; Unreadable lists the images that were left out.
	Dataset    string            `json:"-"`
	Unreadable []dataset.Problem `json:"-"`
}

// Pairs returns the images as package compare takes them.
func (e Evaluation) Pairs() []compare.Judged {
	list := make([]compare.Judged, len(e.Judged))
	for i, j := range e.Judged {
		list[i] = j.Judged
	}
	return list
}

// Wrong lists the names of the images judged wrongly at one half.
func (e Evaluation) Wrong() []string {
	var names []string
	for _, j := range e.Judged {
		if metrics.Classify(float32(j.Score)) != j.Class {
			names = append(names, j.Name)
		}
	}
	return names
}

// Evaluate does all of `assay evaluate`: it judges every image of a data set at
// the threshold 0.5, and at the model's own, and reports. Errors wrap
// inspection.ErrBadDataset, inspection.ErrModelInput, or ctx's error.
func Evaluate(ctx context.Context, r EvaluateRequest) (Evaluation, error) {
	start := time.Now()
	if err := errors.Join(r.Augment.Validate(), lookless(r.Augment, "evaluations")); err != nil {
		return Evaluation{}, fmt.Errorf("evaluate: %w", err)
	}
	load := dataset.LoadOptions{Progress: func(done, total int) { r.report(StageRead, done, total) }}
	set, err := dataset.Load(ctx, r.Items, r.Input, load)
	if err != nil {
		return Evaluation{}, err
	}
	e := Evaluation{Dataset: set.Fingerprint(), Unreadable: set.Unreadable}
	if err := r.judge(ctx, set, &e); err != nil {
		return Evaluation{}, fmt.Errorf("evaluate: %w", err)
	}
	return e, e.summarise(start)
}

// summarise computes the figures from the judged images.
func (e *Evaluation) summarise(start time.Time) (err error) {
	scores, truth := make([]float32, len(e.Judged)), make([]inspection.Class, len(e.Judged))
	verdicts := make([]inspection.Verdict, len(e.Judged))
	unfamiliar, knows := 0, false
	for i, j := range e.Judged {
		scores[i], truth[i], verdicts[i] = float32(j.Score), j.Class, j.Verdict
		if j.Unfamiliar != nil {
			knows = true
			if *j.Unfamiliar {
				unfamiliar++
			}
		}
	}
	if knows {
		share := 100 * float64(unfamiliar) / float64(len(e.Judged))
		e.Unfamiliar = &share
	}
	e.Decided = metrics.Decide(verdicts, truth)
	e.Report, err = metrics.Compute(scores, truth, time.Since(start))
	return err
}

func (r EvaluateRequest) judge(ctx context.Context, set *dataset.Set, e *Evaluation) error {
	batch := max(r.Batch, 1)
	size := r.Input.Channels * r.Input.Height * r.Input.Width
	images := make([]float32, batch*size)
	var out inference.Output
	for start := 0; start < set.Len(); start += batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(batch, set.Len()-start)
		for i := range n {
			r.variant(set, start+i, images[i*size:(i+1)*size])
		}
		if err := r.Engine.Infer(images[:n*size], n, &out); err != nil {
			return fmt.Errorf("judge %s: %w", set.Samples[start].Name, err)
		}
		for i := range n {
			e.Judged = append(e.Judged, r.judged(set.Samples[start+i], set.Image(start+i), out.Scores[i]))
		}
		r.report(StageJudge, len(e.Judged), set.Len())
	}
	return nil
}

// variant writes sample i as the engine takes it.
func (r EvaluateRequest) variant(set *dataset.Set, i int, dst []float32) {
	r.Augment.Apply(dst, set.Image(i), r.Input, augment.Key{Seed: r.Seed, Sample: i})
	if r.Whiten != nil {
		r.Whiten(dst)
	}
}

// judged says what the subject makes of one image and its score.
func (s Subject) judged(sample dataset.Sample, pixels []uint8, score float32) Judged {
	j := Judged{Judged: compare.Judged{Name: sample.Name, Digest: sample.Digest, Class: sample.Class, Score: float64(score)}}
	var familiar *inspection.Familiarity
	if s.Familiarity != nil {
		f := s.Familiarity(pixels)
		familiar, j.Distance, j.Unfamiliar = &f, &f.Distance, &f.Unfamiliar
	}
	j.Verdict, _ = inspection.Decide(s.Thresholds, j.Score, familiar)
	return j
}

func (r EvaluateRequest) report(stage string, done, total int) {
	if r.Progress != nil {
		r.Progress(stage, done, total)
	}
}
