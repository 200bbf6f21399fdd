package training

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"assay/training/dataset"
)

// key names the training for its checkpoint: everything that decides the
// weights. Views do not, nor does the calibration that comes after.
func (r Request) key(set *dataset.Set) (string, error) {
	parent := ""
	if r.Init != nil {
		parent = r.Init.SHA256
	}
	text, err := json.Marshal([]any{r.Architecture, r.Input, r.Normalization, set.Fingerprint(), divisionOf(set), r.Dataset.Split, r.Replay.Split,
		r.ReplayShare, r.Augment, r.Variants, r.RecalibrateAugmented, r.ClassWeights, r.LabelSmoothing, r.Averaging, r.Schedule,
		r.Epochs, r.Batch, r.Steps, r.Patience, r.KeepLast, r.Recalibration, r.Seed, r.Freeze, parent, r.Dataset.Folder.Region})
	if err != nil {
		return "", fmt.Errorf("train: %w", err)
	}
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:]), nil
}

// divisionOf names what each image of the set is for. The split asked for does
// not: it may leave the division to a snapshot, whose versions differ, and a
// training must not go on with images it has validated with.
func divisionOf(set *dataset.Set) string {
	h := sha256.New()
	for _, part := range []dataset.Part{dataset.Train, dataset.Validation} {
		for _, i := range set.Part(part) {
			sample := set.Samples[i]
			_, _ = io.WriteString(h, fmt.Sprintln(sample.Digest, part, sample.Group == replayed)) // never fails
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
