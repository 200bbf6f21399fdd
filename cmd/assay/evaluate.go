package main

import (
	"errors"
	"fmt"
	"time"

	"assay/inference"
	"assay/inference/onnx"
	"assay/training"
	"assay/training/augment"
	"assay/training/compare"
	"assay/training/dataset"
	"assay/training/metrics"

	"github.com/spf13/cobra"
)

type evaluateOptions struct {
	model, beside, dataset, defective, augment, engine, part string
	split, fold                                              string
	seed                                                     uint64
	validation                                               float64
	batch, threads                                           int
	wrong, scores, perturb                                   bool
}

func newEvaluate(g *globals) *cobra.Command {
	var o evaluateOptions
	cmd := &cobra.Command{
		Use: "evaluate --model MODEL --dataset DIR", Short: "Measure a model on a labelled data set", Args: noArguments,
		Long: `Measures a model on the test part of a data set, or on another part of it. The test part is locked: each use is
logged and counted in the data folder, for a test set that was looked at often proves little. Where the model learnt from
the images, or may have, that is said.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := required(cmd, "model", "dataset"); err != nil {
				return err
			}
			return evaluate(cmd, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.model, "model", "", "registered name, name@version or ONNX file")
	f.StringVar(&o.beside, "beside", "", "a second model to compare with on the same images")
	f.StringVar(&o.dataset, "dataset", "", "`folder` with one folder per class, or a snapshot's NAME[@VERSION]")
	f.StringVar(&o.defective, "defective", "", "name of the folder of defective parts, where its name does not say so")
	f.StringVar(&o.split, "split", "", "how the test part is kept apart: official, random or grouped (default a snapshot's own, else official)")
	f.StringVar(&o.fold, "fold", "", "judge this fold of near-duplicate groups, such as 2/5")
	f.Float64Var(&o.validation, "validation", 0, fmt.Sprintf("share held back as the validation part (default %g)", dataset.DefaultShare))
	f.StringVar(&o.augment, "augment", "", "judge one seeded variant of each image, such as hflip,rotate=180; paper for the paper's augmented test")
	f.StringVar(&o.engine, "engine", "native", "what runs the model: native or opencv")
	f.StringVar(&o.part, "part", string(training.PartTest), "part to judge: test, train, validation, or auto for test where there is one and validation otherwise")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the split and of the augmentation")
	f.IntVar(&o.batch, "batch", 32, "images judged at once")
	f.IntVar(&o.threads, "threads", 0, "threads of the engine; 0 for its default")
	f.BoolVar(&o.wrong, "wrong", false, "list the images judged wrongly")
	f.BoolVar(&o.perturb, "perturb", false, "judge every image under each perturbation of a fixed suite, and print a row for each, their mean and the worst")
	f.BoolVar(&o.scores, "scores", false, "list every image with its score")
	return cmd
}

func evaluate(cmd *cobra.Command, g *globals, o evaluateOptions) error {
	e := evaluator{cmd: cmd, globals: g, options: o}
	var err error
	if o.augment != paperAugmented {
		e.augment, err = augment.Parse(o.augment)
	}
	if o.perturb && o.augment != "" {
		err = errors.New("--perturb has its own alterations: leave --augment out")
	}
	if err != nil {
		return usage(err)
	}
	if err := o.check(cmd); err != nil {
		return usage(err)
	}
	split, err := dataset.ParseSplit(o.split, o.fold, o.seed)
	if err != nil {
		return usage(err)
	}
	split.Validation = o.validation
	models := []string{o.model}
	if o.beside != "" {
		models = append(models, o.beside)
	}
	for _, name := range models { // before the test part is unlocked
		m, err := g.registry().Open(cmd.Context(), name)
		if err != nil {
			return err
		}
		e.models = append(e.models, evaluated{Model: m})
	}
	if err := g.checkData(cmd); err != nil {
		return err
	}
	if err := e.selectItems(split); err != nil {
		return err
	}
	if o.perturb {
		return e.perturb()
	}
	return e.run()
}

// check refuses what needs no look at the model or the images.
func (o evaluateOptions) check(cmd *cobra.Command) error {
	if _, known := engines()[o.engine]; !known || o.batch < 1 || o.threads < 0 {
		return errors.New("--engine wants native or opencv, --batch 1 or more, --threads 0 or more")
	}
	if err := training.PartName(o.part).Check(); err != nil {
		return err
	}
	return notZero(cmd, "validation")
}

// paperAugmented is the --augment that stands for the paper's augmented test.
const paperAugmented = "paper"

// evaluator is one run of the command.
type evaluator struct {
	cmd     *cobra.Command
	globals *globals
	options evaluateOptions
	augment augment.Pipeline
	// models are the model and, where asked for, the one beside it.
	models []evaluated
	items  []dataset.Item
	part   training.PartName
	split  string
	uses   int
}

// evaluated is a model, and whether it knows the items.
type evaluated struct {
	*onnx.Model
	seen training.Seen
}

func (m evaluated) name() string { return nameInWords(m.Card.Name, m.Card.Version) }

// selectItems takes the images out of the data set, and counts the use of a test part.
func (e *evaluator) selectItems(split dataset.SplitOptions) error {
	o, log := e.options, e.globals.datasets().Uses()
	purpose := "evaluate"
	if len(e.models) > 1 {
		purpose = "compare with " + o.beside
	}
	chosen, err := training.Select(e.cmd.Context(), training.Selection{
		Choice: dataset.Choice{Source: o.dataset, Store: e.globals.datasets(), Folder: dataset.FolderOptions{Defective: o.defective}, Split: split},
		Part:   training.PartName(o.part), Uses: log,
		Use: dataset.TestUse{Time: time.Now(), By: userName(), Purpose: purpose, Model: e.models[0].SHA256},
	})
	if err != nil {
		return err
	}
	e.items, e.part = chosen.Items, chosen.Part
	if split.Kind != "" {
		e.split = split.String()
	}
	if e.part == training.PartTest {
		if e.uses, err = log.Count(dataset.Fingerprint(e.items)); err != nil {
			return err
		}
	}
	return e.judgeSeen(chosen)
}

func (e *evaluator) run() error {
	out := e.globals.printer(e.cmd)
	var evaluations []training.Evaluation
	for _, m := range e.models {
		evaluation, err := e.evaluate(m)
		if err != nil {
			return err
		}
		evaluations = append(evaluations, evaluation)
		if err := printEvaluation(out, e.row(m, evaluation)); err != nil {
			return err
		}
	}
	if len(evaluations) < 2 {
		return nil
	}
	c, err := compare.Compare(evaluations[0].Pairs(), evaluations[1].Pairs(), metrics.Threshold)
	if err != nil {
		return err
	}
	candidate, current := e.models[0].name(), e.models[1].name()
	return out.row(comparisonRow{c, candidate, current}, "%s beside %s: %s", candidate, current, c.Words)
}

func (e *evaluator) evaluate(m evaluated) (evaluation training.Evaluation, err error) {
	if e.options.augment == paperAugmented {
		evaluations, err := e.altered([]evaluated{m}, []training.Alteration{training.PaperAugmented()})
		if err != nil {
			return evaluation, err
		}
		return evaluations[0][0], nil
	}
	subject, err := openSubject(m.Model, e.options.engine, e.engineOptions())
	if err != nil {
		return evaluation, err
	}
	defer func() { err = errors.Join(err, subject.Engine.Close()) }()
	return training.Evaluate(e.cmd.Context(), training.EvaluateRequest{
		Subject: subject, Items: e.items, Augment: e.augment, Seed: e.options.seed, Batch: e.options.batch, Progress: e.progress(),
	})
}

func (e *evaluator) engineOptions() inference.EngineOptions {
	return inference.EngineOptions{Threads: e.options.threads, Batch: e.options.batch}
}

// perturb prints the table of the perturbation suite, for each model.
func (e *evaluator) perturb() error {
	alterations := training.PerturbationSuite()
	evaluations, err := e.altered(e.models, alterations)
	if err != nil {
		return err
	}
	out := e.globals.printer(e.cmd)
	for i, m := range e.models {
		for _, row := range training.Perturbations(m.Card.Name, alterations, evaluations[i]) {
			row.Version = m.Card.Version
			name := row.Perturbation
			if row.Of != "" {
				name += " (" + row.Of + ")"
			}
			err := out.row(row, "%-10s %-22s %6.2f %%  (%.2f to %.2f) of %d   defective recall %.2f %%", m.name(), name,
				row.Accuracy, row.CI95[0], row.CI95[1], row.N, row.DefectiveRecall)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// altered judges every model on the images under every alteration.
func (e *evaluator) altered(models []evaluated, alterations []training.Alteration) (evaluations [][]training.Evaluation, err error) {
	request := training.AlteredRequest{Alterations: alterations, Items: e.items, Seed: e.options.seed, Batch: e.options.batch}
	for _, m := range models {
		subject, failed := openSubject(m.Model, e.options.engine, e.engineOptions())
		if failed != nil {
			return nil, failed
		}
		defer func() { err = errors.Join(err, subject.Engine.Close()) }()
		request.Subjects = append(request.Subjects, subject)
	}
	if progress := e.progress(); progress != nil {
		request.Progress = func(done, total int) { progress(training.StageJudge, done, total) }
	}
	return training.EvaluateAltered(e.cmd.Context(), request)
}

// progress tells the window how far it is; a person at a terminal waits seconds.
func (e *evaluator) progress() func(stage string, done, total int) {
	if !e.globals.json {
		return nil
	}
	return newProgress(e.cmd.ErrOrStderr(), true, "").count
}

// openSubject makes an engine for the model; the caller closes it.
func openSubject(m *onnx.Model, engine string, o inference.EngineOptions) (training.Subject, error) {
	running, err := engines()[engine](m, o)
	if err != nil {
		return training.Subject{}, fmt.Errorf("load model %s: %w", m.Card.Name, err)
	}
	subject := training.Subject{Engine: running, Input: m.Card.Input, Thresholds: m.Card.Thresholds}
	if m.Familiarity != nil {
		subject.Familiarity = m.Familiarity.Judge
	}
	if w := m.Whitening; w != nil {
		subject.Whiten = func(image []float32) { w.Apply(image, image) }
	}
	return subject, nil
}
