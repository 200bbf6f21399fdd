// Package metrics measures what a model is worth: the report of
// `assay evaluate`, and the row of figures that training leaves behind for each
// epoch. It computes from scores and labels alone and holds no state.
package metrics

import (
	"fmt"
	"math"
	"time"

	"assay/inspection"
)

// Threshold is the score from which a part counts as defective where a report
// needs two classes: accuracy, recall, precision and the confusion matrix.
const Threshold = 0.5

// Report is the result of an evaluation. Its JSON is a contract.
type Report struct {
	// N is the number of images judged.
	N int `json:"n"`
	// Accuracy, Recall, Precision and F1 are in per cent. The latter three are averages over both classes, weighted
	// by the number of images of each (its support), so that Recall equals Accuracy.
	Accuracy  float64 `json:"accuracy"`
	Recall    float64 `json:"recall"`
	Precision float64 `json:"precision"`
	F1        float64 `json:"f1"`
	// Defective holds the figures of the defective class alone, in per cent.
	Defective ClassReport `json:"defective"`
	// Confusion counts images: the row is the truth, the column the model's answer, in the order normal, defective.
	Confusion [2][2]int `json:"confusion"`
	// CI95 is the 95 % Wilson interval of Accuracy, in per cent.
	CI95 [2]float64 `json:"ci95"`
	// AUROC is the area under the receiver operating characteristic, 0 to 1: how often a defective part scores above a
	// normal one, ties counting half.
	AUROC float64 `json:"auroc"`
	// ECE is the expected calibration error, 0 to 1: see CalibrationError.
	ECE float64 `json:"ece"`
	// Seconds is the time taken to read, prepare and judge the images.
	Seconds float64 `json:"seconds"`
}

// ClassReport holds the figures of one class, in per cent.
type ClassReport struct {
	Recall    float64 `json:"recall"`
	Precision float64 `json:"precision"`
}

// Compute builds a report from scores (probability of a defect, 0 to 1) and the
// true classes, which must be equally many. Both classes must occur, or the
// error wraps inspection.ErrBadDataset; a score that is not a number gives
// inspection.ErrNotFinite.
func Compute(scores []float32, truth []inspection.Class, took time.Duration) (Report, error) {
	if err := check(scores, truth); err != nil {
		return Report{}, err
	}
	r := Report{N: len(scores), Seconds: took.Seconds(), AUROC: AUROC(scores, truth), ECE: CalibrationError(scores, truth)}
	for i, s := range scores {
		r.Confusion[truth[i]][Classify(s)]++
	}
	r.fill()
	return r, nil
}

// Classify returns Defective for a score at or above Threshold.
func Classify(score float32) inspection.Class {
	if score >= Threshold {
		return inspection.Defective
	}
	return inspection.Normal
}

func check(scores []float32, truth []inspection.Class) error {
	if len(scores) != len(truth) {
		return fmt.Errorf("%d scores for %d images", len(scores), len(truth))
	}
	var count [2]int
	for i, s := range scores {
		if math.IsNaN(float64(s)) || math.IsInf(float64(s), 0) {
			return fmt.Errorf("score of image %d: %w", i, inspection.ErrNotFinite)
		}
		count[truth[i]]++
	}
	if count[inspection.Normal] == 0 || count[inspection.Defective] == 0 {
		return fmt.Errorf("%w: %d normal and %d defective images, want some of both",
			inspection.ErrBadDataset, count[inspection.Normal], count[inspection.Defective])
	}
	return nil
}

// fill computes every figure that follows from the confusion matrix.
func (r *Report) fill() {
	right := r.Confusion[0][0] + r.Confusion[1][1]
	n := float64(r.N)
	for class := range r.Confusion {
		support := r.Confusion[class][0] + r.Confusion[class][1]
		answered := r.Confusion[0][class] + r.Confusion[1][class]
		hit := float64(r.Confusion[class][class])
		recall, precision := ratio(hit, support), ratio(hit, answered)
		f1 := ratio(2*hit, support+answered)
		weight := 100 * float64(support) / n
		r.Precision += weight * precision
		r.F1 += weight * f1
		if inspection.Class(class) == inspection.Defective {
			r.Defective = ClassReport{Recall: 100 * recall, Precision: 100 * precision}
		}
	}
	r.Accuracy = 100 * float64(right) / n
	r.Recall = r.Accuracy // the support-weighted recall is the accuracy: each image counts once
	low, high := Wilson(right, r.N)
	r.CI95 = [2]float64{100 * low, 100 * high}
}

// ratio is 0 where nothing was counted, as scikit-learn has it.
func ratio(part float64, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return part / float64(whole)
}
