package training

import "assay/training/metrics"

// PerturbationRow is what one model does under one perturbation, or the mean or
// the worst over all of them: a line of `assay evaluate --perturb --json`. Shares
// are in per cent.
type PerturbationRow struct {
	Model string `json:"model"`
	// Version is left to the caller.
	Version      int    `json:"version,omitempty"`
	Perturbation string `json:"perturbation"`
	N            int    `json:"n"`
	// Accuracy with its 95 % Wilson interval; for the mean, over all pictures of all perturbations.
	Accuracy        float64    `json:"accuracy"`
	CI95            [2]float64 `json:"ci95"`
	DefectiveRecall float64    `json:"defective_recall"`
	AUROC           float64    `json:"auroc,omitempty"`
	// Decided holds the figures at the model's thresholds; Unfamiliar is the share flagged, nil where it cannot tell.
	Decided    *metrics.Decided `json:"decided,omitempty"`
	Unfamiliar *float64         `json:"unfamiliar,omitempty"`
	// Of names the perturbation that is the worst, in that row.
	Of string `json:"of,omitempty"`
}

// The rows that Perturbations adds.
const (
	MeanRow  = "mean"
	WorstRow = "worst"
)

// Perturbations returns a row for each alteration, and the mean and the worst over
// all but Unchanged.
func Perturbations(model string, alterations []Alteration, evaluations []Evaluation) []PerturbationRow {
	var rows []PerturbationRow
	mean, worst := PerturbationRow{Model: model, Perturbation: MeanRow}, PerturbationRow{Accuracy: 101}
	right, count := 0.0, 0.0
	for i := range evaluations {
		e := &evaluations[i]
		row := PerturbationRow{Model: model, Perturbation: alterations[i].Name, N: e.N, Accuracy: e.Accuracy, CI95: e.CI95,
			DefectiveRecall: e.Defective.Recall, AUROC: e.AUROC, Decided: &e.Decided, Unfamiliar: e.Unfamiliar}
		rows = append(rows, row)
		if row.Perturbation == Unchanged {
			continue
		}
		if row.Accuracy < worst.Accuracy {
			worst = row
		}
		count++
		mean.N += row.N
		mean.Accuracy += row.Accuracy
		mean.DefectiveRecall += row.DefectiveRecall
		right += float64(e.Confusion[0][0] + e.Confusion[1][1])
	}
	if count == 0 {
		return rows
	}
	mean.Accuracy, mean.DefectiveRecall = mean.Accuracy/count, mean.DefectiveRecall/count
	low, high := metrics.Wilson(int(right), mean.N)
	mean.CI95 = [2]float64{100 * low, 100 * high}
	worst.Of, worst.Perturbation = worst.Perturbation, WorstRow
	return append(rows, mean, worst)
}
