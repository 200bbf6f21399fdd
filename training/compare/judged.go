// Package compare sets two models' answers on the same images side by side:
// McNemar's test in words, score histograms, escapes and false rejects at any
// threshold, calibration, and what more samples would bring. It computes from
// scores and labels alone; all functions are pure and safe for concurrent use.
package compare

import (
	"fmt"

	"assay/inspection"
	"assay/training/metrics"
)

// Judged is one image with its true class and the score a model gave it.
type Judged struct {
	Name string `json:"name"`
	// Digest is the hex SHA-256 of the encoded image.
	Digest string           `json:"digest"`
	Class  inspection.Class `json:"class"`
	// Score is the probability of a defect, 0 to 1.
	Score float64 `json:"score"`
}

// right reports whether the answer at that threshold is the true class: a score
// at or above it means defective.
func (j Judged) right(threshold float64) bool {
	return (j.Score >= threshold) == (j.Class == inspection.Defective)
}

// pair is one image with both models' answers.
type pair struct{ candidate, current Judged }

// match pairs the images of both lists by content and name, in the candidate's
// order. Both must hold the same ones, or the error wraps
// inspection.ErrBadDataset.
func match(candidate, current []Judged) ([]pair, error) {
	type key struct{ digest, name string }
	byKey := make(map[key][]Judged, len(current))
	for _, j := range current {
		k := key{j.Digest, j.Name}
		byKey[k] = append(byKey[k], j)
	}
	pairs := make([]pair, 0, len(candidate))
	for _, j := range candidate {
		k := key{j.Digest, j.Name}
		if len(byKey[k]) == 0 {
			return nil, fmt.Errorf("%w: only one of the models judged %s", inspection.ErrBadDataset, j.Name)
		}
		other := byKey[k][0]
		if other.Class != j.Class {
			return nil, fmt.Errorf("%w: %s has two labels", inspection.ErrBadDataset, j.Name)
		}
		byKey[k] = byKey[k][1:]
		pairs = append(pairs, pair{j, other})
	}
	if len(candidate) != len(current) {
		return nil, fmt.Errorf("%w: the models judged %d and %d images", inspection.ErrBadDataset, len(candidate), len(current))
	}
	return pairs, nil
}

// Comparison holds all that a page or a report says of two models.
type Comparison struct {
	// Threshold is where the classes part for Paired and both sides' Rates.
	Threshold float64 `json:"threshold"`
	Paired    Paired  `json:"paired"`
	Words     string  `json:"words"`
	Candidate Side    `json:"candidate"`
	Current   Side    `json:"current"`
}

// Side is one model's share of a Comparison.
type Side struct {
	Rates       Rates     `json:"rates"`
	Histogram   Bars      `json:"histogram"`
	Reliability []Bin     `json:"reliability"`
	ECE         float64   `json:"ece"`
	Curve       []Rates   `json:"curve"`
	Confusion   [2][2]int `json:"confusion"`
}

// Compare sets both models side by side. Both lists must hold the same images,
// of both classes, or the error wraps inspection.ErrBadDataset.
func Compare(candidate, current []Judged, threshold float64) (Comparison, error) {
	paired, err := McNemar(candidate, current, threshold)
	if err != nil {
		return Comparison{}, err
	}
	return Comparison{Threshold: threshold, Paired: paired, Words: paired.Words(),
		Candidate: side(candidate, threshold), Current: side(current, threshold)}, nil
}

func side(list []Judged, threshold float64) Side {
	scores, truth := make([]float32, len(list)), make([]inspection.Class, len(list))
	for i, j := range list {
		scores[i], truth[i] = float32(j.Score), j.Class
	}
	r := RatesAt(list, threshold)
	return Side{Rates: r, Histogram: Histogram(list), Reliability: Reliability(list), ECE: metrics.CalibrationError(scores, truth),
		Curve: Curve(list), Confusion: r.Confusion()}
}
