package station

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"assay/inspection"
	"assay/training"
)

// DefaultAdaptSteps is how many steps each training of an adaptation has unless
// told otherwise.
const DefaultAdaptSteps = training.DefaultAdaptSteps

// AdaptTarget is the accuracy in per cent that an adaptation's estimate is for.
const AdaptTarget = training.DefaultTarget

// CurvePoint is one point of an adaptation's learning curve: what a training on
// so many new samples came to. Its JSON is a line of `assay adapt --json`.
type CurvePoint struct {
	// Samples is the number of new samples learnt from; 0 is the current model.
	Samples int `json:"samples"`
	// AccuracyNew and AccuracyOld are in per cent, on new and on old parts that were not learnt from; CI95New is the
	// 95 % interval of the former.
	AccuracyNew float64    `json:"accuracy_new"`
	AccuracyOld float64    `json:"accuracy_old"`
	CI95New     [2]float64 `json:"ci95_new"`
	// ErrorsNew of NNew new parts and ErrorsOld of NOld old ones were judged wrongly.
	ErrorsNew int `json:"errors_new"`
	NNew      int `json:"n_new"`
	ErrorsOld int `json:"errors_old"`
	NOld      int `json:"n_old"`
	// Seconds is how long the training took.
	Seconds float64 `json:"seconds"`
}

// AdaptSamples suggests the numbers of new samples to learn from, one training
// each: all that the set has to learn from, and the usual ones that are well below
// it, or half of it. A curve takes two.
func AdaptSamples(r DatasetReport) []int {
	all := r.Train.Total() + r.Validation.Total()
	if r.Test.Total() == 0 { // the adaptation holds some back to measure with
		all = training.AdaptPool(all)
	}
	sizes := training.DefaultSamples()
	if all < 2 {
		return sizes
	}
	sizes = slices.DeleteFunc(sizes, func(n int) bool { return n*4/3 > all })
	if len(sizes) == 0 && all >= 4 {
		sizes = []int{all / 2}
	}
	if len(sizes) > 0 && sizes[len(sizes)-1] == all {
		return sizes
	}
	return append(sizes, all)
}

// surePictures is how many pictures without an error it takes to be 95 % sure of
// 99 %: fewer leave an estimate of it open.
const surePictures = 300

// outlook adds to what the curve says how much that rests on.
func outlook(estimate string, curve []CurvePoint) string {
	if len(curve) == 0 {
		return estimate
	}
	last := curve[len(curve)-1]
	if last.NNew >= surePictures {
		return estimate
	}
	return strings.TrimSpace(fmt.Sprintf("%s It was measured on only %d new pictures: the accuracy on new parts may be anything from %.1f to %.1f %%.",
		estimate, last.NNew, last.CI95New[0], last.CI95New[1]))
}

// prepareAdaptation finds the current model, the samples that it learnt from, and
// how many new ones it is to learn from.
func (s *Station) prepareAdaptation(j *job, report DatasetReport) error {
	current, err := s.params.Models.Find(j.Request.Name, 0)
	if err != nil {
		return fmt.Errorf("adapt: %w", err)
	}
	j.Init = reference(current.Ref)
	if j.Replay, err = s.samplesOf(current.Card); err != nil {
		return err
	}
	if j.Replay == "" {
		return fmt.Errorf("%w: the samples that %s was trained on are not on this station, so it would forget them. "+
			"Import their folder first, or train a new model on old and new samples together", inspection.ErrBadDataset, j.Init)
	}
	if len(j.Request.Samples) == 0 {
		j.Request.Samples = AdaptSamples(report)
	}
	j.untested = j.Split == "" && report.Test.Total() == 0
	s.trainingChange(func(st *TrainingStatus) { st.Request.Samples = j.Request.Samples })
	return nil
}

// adaptArguments is the command line of an adaptation.
func (s *Station) adaptArguments(j job) []string {
	r := j.Request
	sizes := make([]string, len(r.Samples))
	for i, n := range r.Samples {
		sizes[i] = fmt.Sprint(n)
	}
	arguments := []string{"adapt", "--json", "--data", s.params.Data, "--dataset", j.Snapshot, "--model", j.Init, "--replay", j.Replay,
		"--name", r.Name, "--samples", strings.Join(sizes, ","), "--seed", fmt.Sprint(r.Seed), "--threads", fmt.Sprint(s.trainingThreads())}
	if len(r.Augmentations) > 0 {
		arguments = append(arguments, "--augment", strings.Join(r.Augmentations, ","))
	}
	if r.Steps > 0 {
		arguments = append(arguments, "--steps", fmt.Sprint(r.Steps))
	}
	if j.Split != "" {
		arguments = append(arguments, "--split", string(j.Split))
	}
	return arguments
}

// errUntested is why an adaptation is not compared: the validation part has been
// learnt from.
var errUntested = errors.New("the samples have no test part, and the other parts have been learnt from. What the model came to is in the learning curve")

// adaptLine takes one line of `assay adapt --json`: a point of the curve, or the
// result with the estimate.
func (s *Station) adaptLine(line []byte, result *trainResult) error {
	var last struct {
		Estimate *struct {
			Text string `json:"text"`
		} `json:"estimate"`
	}
	if err := json.Unmarshal(line, &last); err != nil {
		return fmt.Errorf("read the adaptation's output: %w", err)
	}
	if last.Estimate != nil {
		s.trainingChange(func(st *TrainingStatus) { st.Estimate = outlook(last.Estimate.Text, st.Curve) })
		return json.Unmarshal(line, result)
	}
	var p CurvePoint
	if err := json.Unmarshal(line, &p); err != nil {
		return fmt.Errorf("read the adaptation's output: %w", err)
	}
	s.trainingChange(func(st *TrainingStatus) {
		st.run()
		st.Curve = append(st.Curve, p)
	})
	return nil
}

// adaptProgress counts the steps of all trainings as one way: each training tells
// only its own.
func (st *TrainingStatus) adaptProgress(p childProgress) {
	sizes := st.Request.Samples
	at, _ := slices.BinarySearch(sizes, p.Samples)
	at = min(at, max(len(sizes)-1, 0))
	after := max(len(sizes)-1-at, 0)
	st.Step, st.Steps = at*p.Steps+p.Step, (at+1+after)*p.Steps
	if left := p.Steps - p.Step; left > 0 {
		perStep := p.SecondsLeft / float64(left)
		st.Remaining = time.Duration(perStep * float64(left+after*p.Steps) * float64(time.Second))
	}
	st.note(fmt.Sprintf("Learning from %d new samples (%d of %d)", p.Samples, at+1, max(len(sizes), 1)))
}
