package training

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"assay/inspection"
	"assay/training/augment"
	"assay/training/dataset"
	"assay/training/metrics"
)

// card says what the model is and where it comes from, but for what the
// network says of itself.
func (r Request) card(l *Loop, v validated) inspection.ModelCard {
	report, history := v.report, l.state.History
	best := history[l.Kept()]
	read := slices.Concat(l.Train, l.Replay, l.Validation)
	c := inspection.ModelCard{
		Name: r.Name, Version: r.Version, Part: r.Part, Description: r.Description, Command: r.Command,
		Classes: []string{inspection.Normal.String(), inspection.Defective.String()},
		Dataset: fingerprint(l.Set, read), Samples: len(read), Seed: r.Seed, Augmentations: r.augmentations(),
		Epochs: len(history), BestEpoch: best.Epoch, Trained: r.Trained,
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

// augmentations lists what was drawn in each epoch, and what the variants were.
func (r Request) augmentations() []string {
	names := r.Augment.Names()
	if r.Variants.Count > 0 {
		names = append(names, fmt.Sprintf(variantsWord+"%d(%s)", r.Variants.Count, r.Variants.Augment))
	}
	return names
}

// variantsWord begins what a card says of variants among its augmentations.
const variantsWord = "variants="

// AugmentationOf returns what a model's card says was drawn in each epoch of its
// training; nothing where the words are another program's. Variants of whole
// pictures are left out.
func AugmentationOf(card inspection.ModelCard) augment.Pipeline {
	drawn := slices.DeleteFunc(slices.Clone(card.Augmentations), func(word string) bool { return strings.HasPrefix(word, variantsWord) })
	pipeline, err := augment.Parse(strings.Join(drawn, ","))
	if err != nil {
		return augment.Pipeline{}
	}
	return pipeline
}

// fingerprint names the content that was trained on and chosen by.
func fingerprint(set *dataset.Set, indices []int) string {
	items := make([]dataset.Item, len(indices))
	for i, index := range indices {
		items[i] = dataset.Item{Digest: set.Samples[index].Digest, Class: set.Samples[index].Class}
	}
	return dataset.Fingerprint(items)
}

// The review band: at least from narrowPass to narrowFail, at most from
// widePass to wideFail, so that one mislabelled image does not send everything
// to review.
const (
	narrowPass, narrowFail = 0.2, 0.8
	widePass, wideFail     = 0.05, 0.95
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
