package station

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"assay/inspection"
)

// evaluation is what the station reads of a row of `assay evaluate --scores --json`.
type evaluation struct {
	N         int        `json:"n"`
	Accuracy  float64    `json:"accuracy"`
	CI95      [2]float64 `json:"ci95"`
	AUROC     float64    `json:"auroc"`
	ECE       float64    `json:"ece"`
	Part      string     `json:"part"`
	Confusion [2][2]int  `json:"confusion"`
	Defective struct {
		Recall float64 `json:"recall"`
	} `json:"defective"`
	TestUses int           `json:"test_uses"`
	Images   []scoredImage `json:"images"`
}

type scoredImage struct {
	Name       string           `json:"name"`
	Digest     string           `json:"digest"`
	Class      inspection.Class `json:"class"`
	Score      float64          `json:"score"`
	Unfamiliar bool             `json:"unfamiliar"`
}

func (e evaluation) right() int { return e.Confusion[0][0] + e.Confusion[1][1] }

func (e evaluation) report() ComparedReport {
	r := ComparedReport{Accuracy: e.Accuracy, DefectRecall: e.Defective.Recall, ECE: e.ECE, AUROC: e.AUROC, Confusion: e.Confusion}
	for _, image := range e.Images {
		if image.Unfamiliar {
			r.Unfamiliar++
		}
	}
	return r
}

// comparisonLine is what the station reads of the last row.
type comparisonLine struct {
	Words  string `json:"words"`
	Paired struct {
		Candidate int `json:"only_candidate_right"`
		Current   int `json:"only_current_right"`
	} `json:"paired"`
}

// compare judges the same images with the candidate and the current model: the
// test part where the snapshot has one, the validation part otherwise. A use of
// the test part is counted once for both.
func (s *Station) compare(ctx context.Context, j job, candidate ModelInfo) error {
	arguments := []string{"evaluate", "--json", "--scores", "--data", s.params.Data, "--dataset", j.Snapshot,
		"--model", reference(candidate.Ref), "--part", "auto", "--seed", fmt.Sprint(j.Request.Seed), "--threads", fmt.Sprint(s.trainingThreads())}
	if j.Split != "" {
		arguments = append(arguments, "--split", string(j.Split))
	}
	current, err := s.params.Models.Find(j.Request.Name, 0)
	beside := err == nil && current.Ref.Version != candidate.Ref.Version
	if beside {
		arguments = append(arguments, "--beside", reference(current.Ref))
	}
	var rows []evaluation
	var paired comparisonLine
	err = s.runChild(ctx, arguments, func(line []byte) error { return readEvaluation(line, &rows, &paired) }, s.trainMessage)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	if len(rows) == 0 || beside && len(rows) < 2 {
		return errors.New("compare: the evaluation ended without a result")
	}
	c := comparisonOf(rows[0])
	if beside {
		c.beside(current, rows[1], paired)
	}
	s.compared.set(j.Snapshot, candidate.Ref, c.Current)
	s.trainingChange(func(st *TrainingStatus) { st.Comparison = &c })
	return nil
}

func reference(r inspection.ModelRef) string { return fmt.Sprintf("%s@%d", r.Name, r.Version) }

// readEvaluation takes a line: a row of one model, or the comparison.
func readEvaluation(line []byte, rows *[]evaluation, paired *comparisonLine) error {
	var last struct {
		Comparison *comparisonLine `json:"comparison"`
	}
	if err := json.Unmarshal(line, &last); err != nil {
		return fmt.Errorf("read the evaluation: %w", err)
	}
	if last.Comparison != nil {
		*paired = *last.Comparison
		return nil
	}
	var e evaluation
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("read the evaluation: %w", err)
	}
	*rows = append(*rows, e)
	return nil
}

func comparisonOf(e evaluation) Comparison {
	c := Comparison{Split: e.Part, N: e.N, CandidateRight: e.right(), CandidateCI: e.CI95, CandidateReport: e.report(), TestUses: e.TestUses}
	for _, image := range e.Images {
		c.Images = append(c.Images, ComparedImage{Name: image.Name, Digest: image.Digest, Truth: image.Class,
			Candidate: image.Score, Current: math.NaN()})
	}
	return c
}

// beside adds the current model's answers to the same images, in the same order.
func (c *Comparison) beside(current ModelInfo, e evaluation, paired comparisonLine) {
	c.Current, c.CurrentRight, c.CurrentCI, c.CurrentReport = &current, e.right(), e.CI95, e.report()
	c.Differ, c.Verdict = paired.Paired.Candidate+paired.Paired.Current, paired.Words
	for i := range c.Images {
		if i < len(e.Images) && e.Images[i].Digest == c.Images[i].Digest {
			c.Images[i].Current = e.Images[i].Score
		}
	}
}

// answers returns the scores of one of the models, with the truth.
func answers(images []ComparedImage, candidate bool) func(yield func(inspection.Class, float64) bool) {
	return func(yield func(inspection.Class, float64) bool) {
		for _, i := range images {
			score := i.Current
			if candidate {
				score = i.Candidate
			}
			if !math.IsNaN(score) && !yield(i.Truth, score) {
				return
			}
		}
	}
}

// RatesAt returns the share of defective images that one of the models would
// pass, and of sound ones that it would fail, if a score from threshold on
// failed: both 0 to 1, 0 where there is no such image.
func RatesAt(images []ComparedImage, candidate bool, threshold float64) (escape, falseReject float64) {
	var all, wrong [2]int
	for class, score := range answers(images, candidate) {
		all[class]++
		if (score >= threshold) != (class == inspection.Defective) {
			wrong[class]++
		}
	}
	share := func(c inspection.Class) float64 { return float64(wrong[c]) / float64(max(all[c], 1)) }
	return share(inspection.Defective), share(inspection.Normal)
}

// Histogram counts the images of each class by one model's score, in bins of
// equal width over 0 to 1.
func Histogram(images []ComparedImage, candidate bool, bins int) (normal, defective []int) {
	counts := [2][]int{make([]int, bins), make([]int, bins)}
	for class, score := range answers(images, candidate) {
		counts[class][min(max(int(score*float64(bins)), 0), bins-1)]++
	}
	return counts[inspection.Normal], counts[inspection.Defective]
}
