package training

import (
	"math"

	"assay/inspection"
	"assay/training/dataset"
	"assay/training/metrics"
)

// card says what the model is and where it comes from, but for what the
// network says of itself.
func (r Request) card(set *dataset.Set, v validated, best metrics.Epoch, epochs int) inspection.ModelCard {
	report := v.report
	c := inspection.ModelCard{
		Name: r.Name, Version: r.Version, Part: r.Part, Description: r.Description, Command: r.Command,
		Classes: []string{inspection.Normal.String(), inspection.Defective.String()},
		Dataset: set.Fingerprint(), Samples: set.Len(), Seed: r.Seed, Augmentations: r.Augment.Names(),
		Epochs: epochs, BestEpoch: best.Epoch, Trained: r.Trained,
		Metrics: map[string]float64{
			"n": float64(report.N), "accuracy": report.Accuracy, "recall": report.Recall, "precision": report.Precision,
			"f1": report.F1, "defective_recall": report.Defective.Recall, "defective_precision": report.Defective.Precision,
			"auroc": report.AUROC, "ece": report.ECE, "ece_uncalibrated": v.before, "val_loss": best.ValLoss,
		},
	}
	if v.line != uncalibrated {
		c.Metrics["calibration_slope"], c.Metrics["calibration_shift"] = v.line.slope, v.line.shift
	}
	if r.Init != nil {
		c.Parent = r.Init.SHA256
	}
	return c
}

// The review band: at least from narrowPass to narrowFail, at most from
// widePass to wideFail, so that one mislabelled image does not send everything
// to review.
const (
	narrowPass, narrowFail = 0.2, 0.8
	widePass, wideFail     = 0.02, 0.98
)

// chooseThresholds returns the review band that holds every wrong answer on the
// validation part, within the limits above, in whole hundredths.
func chooseThresholds(scores []float32, truth []inspection.Class) inspection.Thresholds {
	t := inspection.Thresholds{Pass: narrowPass, Fail: narrowFail}
	for i, s := range scores {
		if metrics.Classify(s) == truth[i] {
			continue
		}
		t.Pass = min(t.Pass, math.Floor(float64(s)*100)/100)
		t.Fail = max(t.Fail, (math.Floor(float64(s)*100)+1)/100) // above the score: Fail itself fails
	}
	t.Pass, t.Fail = max(t.Pass, widePass), min(t.Fail, wideFail)
	return t
}
