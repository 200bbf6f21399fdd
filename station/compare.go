package station

import (
	"context"
	"encoding/json"
	"fmt"
)

// evaluation is what the station reads of `assay evaluate --json`.
type evaluation struct {
	N         int        `json:"n"`
	Accuracy  float64    `json:"accuracy"`
	CI95      [2]float64 `json:"ci95"`
	Part      string     `json:"part"`
	Confusion [2][2]int  `json:"confusion"`
	// Wrong lists the images judged wrongly.
	Wrong []string `json:"wrong"`
}

func (e evaluation) right() int { return e.Confusion[0][0] + e.Confusion[1][1] }

// compare judges the same images with the candidate and the current model: the
// test part where the data set has one, the validation part of the candidate's
// own split otherwise.
func (s *Station) compare(ctx context.Context, r TrainingRequest, folder string, candidate ModelInfo) error {
	mine, err := s.evaluate(ctx, candidate, folder, r.Seed)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	c := Comparison{Split: mine.Part, N: mine.N, CandidateRight: mine.right(), CandidateCI: mine.CI95}
	current, err := s.params.Models.Find(r.Name, 0)
	if err == nil && current.Ref.Version != candidate.Ref.Version {
		theirs, err := s.evaluate(ctx, current, folder, r.Seed)
		if err != nil {
			return fmt.Errorf("compare: %w", err)
		}
		c.Current, c.CurrentRight, c.CurrentCI = &current, theirs.right(), theirs.CI95
		c.Differ = differ(mine.Wrong, theirs.Wrong)
	}
	s.trainingChange(func(st *TrainingStatus) { st.Comparison = &c })
	return nil
}

func (s *Station) evaluate(ctx context.Context, m ModelInfo, folder string, seed uint64) (evaluation, error) {
	arguments := []string{"evaluate", "--json", "--wrong", "--data", s.params.Data, "--dataset", folder,
		"--model", fmt.Sprintf("%s@%d", m.Ref.Name, m.Ref.Version), "--part", "auto", "--seed", fmt.Sprint(seed)}
	var e evaluation
	err := s.runChild(ctx, arguments, func(line []byte) error { return json.Unmarshal(line, &e) }, func(string) {})
	return e, err
}

// differ counts the images on which two models disagree. With two classes these
// are the ones that exactly one of them got wrong.
func differ(a, b []string) int {
	wrong := make(map[string]int, len(a))
	for _, name := range a {
		wrong[name]++
	}
	for _, name := range b {
		wrong[name]--
	}
	n := 0
	for _, count := range wrong {
		if count != 0 {
			n++
		}
	}
	return n
}
