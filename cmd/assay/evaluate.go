package main

import (
	"errors"
	"fmt"

	"assay/inference"
	"assay/inspection"
	"assay/training"
	"assay/training/augment"
	"assay/training/dataset"
	"assay/training/metrics"

	"github.com/spf13/cobra"
)

type evaluateOptions struct {
	model, dataset, defective, augment, engine, part string
	seed                                             uint64
	batch, threads                                   int
	wrong                                            bool
}

// evaluateRow is what `assay evaluate --json` prints; the report's fields are the contract's.
type evaluateRow struct {
	metrics.Report
	Model  string `json:"model"`
	SHA256 string `json:"sha256"`
	Engine string `json:"engine"`
	// Part is the part of the data set that was judged.
	Part string `json:"part"`
	// Wrong lists the images judged wrongly, where --wrong asks for them.
	Wrong []string `json:"wrong,omitempty"`
}

func newEvaluate(g *globals) *cobra.Command {
	var o evaluateOptions
	cmd := &cobra.Command{
		Use: "evaluate --model MODEL --dataset DIR", Short: "Measure a model on a labelled data set", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := required(cmd, "model", "dataset"); err != nil {
				return err
			}
			return evaluate(cmd, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "", "registered name, name@version or ONNX file")
	f.StringVar(&o.dataset, "dataset", "", "`folder` with one folder per class")
	f.StringVar(&o.defective, "defective", "", "name of the folder of defective parts, where its name does not say so")
	f.StringVar(&o.augment, "augment", "", "judge one seeded variant of each image: hflip, vflip, rotate, quarter")
	f.StringVar(&o.engine, "engine", "native", "what runs the model: native or opencv")
	f.StringVar(&o.part, "part", string(training.PartTest), "part to judge: test, train, validation, or auto for test where there is one and validation otherwise")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the validation split and of the augmentation")
	f.IntVar(&o.batch, "batch", 32, "images judged at once")
	f.IntVar(&o.threads, "threads", 0, "threads of the engine; 0 for its default")
	f.BoolVar(&o.wrong, "wrong", false, "list the images judged wrongly")
	return cmd
}

func evaluate(cmd *cobra.Command, g *globals, o evaluateOptions) (err error) {
	pipeline, err := augment.Parse(o.augment)
	if err != nil {
		return usage(err)
	}
	factory, known := engines()[o.engine]
	if !known || o.batch < 1 {
		return usage(errors.New("--engine wants native or opencv, --batch 1 or more"))
	}
	m, err := g.registry().Open(cmd.Context(), o.model)
	if err != nil {
		return err
	}
	engine, err := factory(m, inference.EngineOptions{Threads: o.threads, Batch: o.batch})
	if err != nil {
		return fmt.Errorf("load model %s: %w", o.model, err)
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	items, part, err := training.SelectPart(cmd.Context(), o.dataset, training.PartName(o.part),
		dataset.FolderOptions{Defective: o.defective}, o.seed)
	if err != nil {
		return err
	}
	e, err := training.Evaluate(cmd.Context(), training.EvaluateRequest{
		Engine: engine, Input: m.Card.Input, Items: items, Augment: pipeline, Seed: o.seed, Batch: o.batch,
	})
	if err != nil {
		return err
	}
	row := evaluateRow{Report: e.Report, Model: m.Card.Name, SHA256: m.SHA256, Engine: o.engine, Part: string(part)}
	if o.wrong {
		row.Wrong = wrongNames(e)
	}
	return printEvaluation(g.printer(cmd), row)
}

func wrongNames(e training.Evaluation) []string {
	var names []string
	for i, s := range e.Samples {
		if metrics.Classify(e.Scores[i]) != s.Class {
			names = append(names, s.Name)
		}
	}
	return names
}

func printEvaluation(out printer, row evaluateRow) error {
	c := row.Confusion
	err := out.row(row, `%s (%s engine) on %d images of the %s part
accuracy   %.2f %%  (95 %% interval %.2f to %.2f)
recall     %.2f %%   precision %.2f %%   F1 %.2f %%  (weighted)
defective  recall %.2f %%  precision %.2f %%
confusion  %s: %d pass, %d fail   %s: %d pass, %d fail
AUROC      %.4f   calibration error %.4f   %.1f s`,
		row.Model, row.Engine, row.N, row.Part, row.Accuracy, row.CI95[0], row.CI95[1], row.Recall, row.Precision, row.F1,
		row.Defective.Recall, row.Defective.Precision,
		inspection.Normal, c[0][0], c[0][1], inspection.Defective, c[1][0], c[1][1], row.AUROC, row.ECE, row.Seconds)
	if out.json {
		return err
	}
	for _, name := range row.Wrong {
		_, _ = fmt.Fprintln(out.w, "wrong:", name)
	}
	return err
}
