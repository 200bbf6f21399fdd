package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Paired is the result of McNemar's test on one set of images.
type Paired struct {
	// N is the number of images.
	N int `json:"n"`
	// Both and Neither count the images that both models got right and wrong.
	Both    int `json:"both_right"`
	Neither int `json:"both_wrong"`
	// Candidate and Current count the images that only the one got right.
	Candidate int `json:"only_candidate_right"`
	Current   int `json:"only_current_right"`
	// P is the exact two-sided p value: how likely a difference at least as uneven is if both err equally often.
	P float64 `json:"p"`
}

// McNemar tests whether one of two models errs less on the same images, by the
// exact binomial form of McNemar (1947): among the images that exactly one model
// got right, each is as likely to have been right if they are equally good. A
// score at or above threshold means defective. Both lists must hold the same
// images, or the error wraps inspection.ErrBadDataset.
func McNemar(candidate, current []Judged, threshold float64) (Paired, error) {
	pairs, err := match(candidate, current)
	if err != nil {
		return Paired{}, err
	}
	p := Paired{N: len(pairs)}
	for _, pair := range pairs {
		switch mine, theirs := pair.candidate.right(threshold), pair.current.right(threshold); {
		case mine && theirs:
			p.Both++
		case mine:
			p.Candidate++
		case theirs:
			p.Current++
		default:
			p.Neither++
		}
	}
	p.P = exactP(p.Candidate, p.Current)
	return p, nil
}

func exactP(a, b int) float64 {
	if a == b { // also where nothing differs
		return 1
	}
	d := distuv.Binomial{N: float64(a + b), P: 0.5}
	return math.Min(1, 2*d.CDF(float64(min(a, b))))
}

// Differ returns the number of images that exactly one model got right.
func (p Paired) Differ() int { return p.Candidate + p.Current }

// Confidence returns 1 - P in whole per cent, rounded down, at most 99.
func (p Paired) Confidence() int { return min(99, int(100*(1-p.P)+1e-9)) }

// sure is the confidence from which a difference is called one.
const sure = 95

// Words says in a sentence what the test found: "12 parts differ; the candidate
// is better with 98 % confidence."
func (p Paired) Words() string {
	parts := fmt.Sprintf("%d parts differ", p.Differ())
	if p.Differ() == 1 {
		parts = "1 part differs"
	}
	better := "the candidate"
	if p.Current > p.Candidate {
		better = "the current model"
	}
	switch {
	case p.Differ() == 0:
		return fmt.Sprintf("No part differs: both models are right on the same %d of %d parts.", p.Both, p.N)
	case p.Candidate == p.Current:
		return fmt.Sprintf("%s; each model is right on %d of them. Neither is better.", parts, p.Candidate)
	case p.P < 0.001:
		return fmt.Sprintf("%s; %s is better with more than 99.9 %% confidence.", parts, better)
	case p.Confidence() >= sure:
		return fmt.Sprintf("%s; %s is better with %d %% confidence.", parts, better, p.Confidence())
	}
	return fmt.Sprintf("%s; %s is right more often (%d against %d), but with %d %% confidence that may be chance.",
		parts, better, max(p.Candidate, p.Current), min(p.Candidate, p.Current), p.Confidence())
}
