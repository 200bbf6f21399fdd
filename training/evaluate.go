package training

import (
	"context"
	"fmt"
	"time"

	"assay/inference"
	"assay/inspection"
	"assay/training/augment"
	"assay/training/dataset"
	"assay/training/metrics"
)

// EvaluateRequest says what is to be measured on what.
type EvaluateRequest struct {
	// Engine runs the model; Input is the model's card's. The engine stays the caller's.
	Engine inference.Engine
	Input  inspection.InputSpec
	// Dataset is a class folder, read as Folder says (its part "test" where there is one). Items takes its place
	// where it is not nil.
	Dataset string
	Folder  dataset.FolderOptions
	Items   []dataset.Item
	// Augment makes one seeded variant of each image; the zero value leaves them as they are.
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

// Evaluation is a report with what it was measured on.
type Evaluation struct {
	metrics.Report
	// Samples and Scores belong together, in the data set's order.
	Samples []dataset.Sample `json:"-"`
	Scores  []float32        `json:"-"`
	// Dataset is the set's fingerprint; Unreadable lists the images that were left out.
	Dataset    string            `json:"-"`
	Unreadable []dataset.Problem `json:"-"`
}

// Evaluate does all of `assay evaluate`: it judges every image of a data set at
// the threshold 0.5 and reports. Errors wrap inspection.ErrBadDataset,
// inspection.ErrModelInput, or ctx's error.
func Evaluate(ctx context.Context, r EvaluateRequest) (Evaluation, error) {
	start := time.Now()
	if err := r.Augment.Validate(); err != nil {
		return Evaluation{}, fmt.Errorf("evaluate: %w", err)
	}
	set, err := r.load(ctx)
	if err != nil {
		return Evaluation{}, err
	}
	scores, err := r.judge(ctx, set)
	if err != nil {
		return Evaluation{}, fmt.Errorf("evaluate: %w", err)
	}
	report, err := metrics.Compute(scores, set.Classes(set.All()), time.Since(start))
	if err != nil {
		return Evaluation{}, fmt.Errorf("evaluate: %w", err)
	}
	return Evaluation{Report: report, Samples: set.Samples, Scores: scores, Dataset: set.Fingerprint(), Unreadable: set.Unreadable}, nil
}

func (r EvaluateRequest) load(ctx context.Context) (*dataset.Set, error) {
	items := r.Items
	if items == nil {
		folder := r.Folder
		if folder.Part == "" {
			folder.Part = dataset.Test
		}
		var err error
		if items, err = dataset.Folder(r.Dataset, folder); err != nil {
			return nil, err
		}
	}
	return dataset.Load(ctx, items, r.Input, dataset.LoadOptions{Progress: func(done, total int) { r.report(StageRead, done, total) }})
}

func (r EvaluateRequest) judge(ctx context.Context, set *dataset.Set) ([]float32, error) {
	batch := max(r.Batch, 1)
	size := r.Input.Channels * r.Input.Height * r.Input.Width
	images, scores := make([]float32, batch*size), make([]float32, 0, set.Len())
	var out inference.Output
	for start := 0; start < set.Len(); start += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(batch, set.Len()-start)
		for i := range n {
			key := augment.Key{Seed: r.Seed, Sample: start + i}
			r.Augment.Apply(images[i*size:(i+1)*size], set.Image(start+i), r.Input, key)
		}
		if err := r.Engine.Infer(images[:n*size], n, &out); err != nil {
			return nil, fmt.Errorf("judge %s: %w", set.Samples[start].Name, err)
		}
		scores = append(scores, out.Scores[:n]...)
		r.report(StageJudge, len(scores), set.Len())
	}
	return scores, nil
}

func (r EvaluateRequest) report(stage string, done, total int) {
	if r.Progress != nil {
		r.Progress(stage, done, total)
	}
}
