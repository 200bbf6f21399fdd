package inspection

import (
	"fmt"
	"time"
)

// InputSpec is what a model takes: Channels×Height×Width float32 values, each
// pixel's 8-bit value times Scale plus Offset.
type InputSpec struct {
	Channels int     `json:"channels"`
	Height   int     `json:"height"`
	Width    int     `json:"width"`
	Scale    float32 `json:"scale"`
	Offset   float32 `json:"offset"`
	// Normalization says how a picture is brought into the input's frame: NormalizationNone or NormalizationDisc.
	Normalization string `json:"normalization,omitempty"`
	// Views is the number of orientations in which each picture is judged, their logits and maps averaged: 0 or 1 as it
	// is, 2 mirrored too, 4 upside down and turned by a half too, 8 all those and turned by a quarter. The score is then
	// the same for a picture in any of them. More than one needs a square input and takes as many times as long.
	Views int `json:"views,omitempty"`
}

// MaxViews is the number of ways in which a square lies on itself: four quarter
// turns, each as it is and mirrored.
const MaxViews = 8

// ValidateViews returns an error unless Views is a number of orientations that
// an input of this size can be judged in.
func (s InputSpec) ValidateViews() error {
	switch s.Views {
	case 0, 1:
		return nil
	case 2, 4, MaxViews:
	default: // the other numbers are no groups: a turned picture would be judged in other views than the picture itself
		return fmt.Errorf("%d views: want 1, 2, 4 or %d", s.Views, MaxViews)
	}
	if s.Width != s.Height {
		return fmt.Errorf("%d views of %d×%d pixels: more than one view needs a square input", s.Views, s.Width, s.Height)
	}
	return nil
}

// The ways to bring a picture into a model's input.
const (
	// NormalizationNone resizes the region as it is.
	NormalizationNone = ""
	// NormalizationDisc finds the round part in the region, untilts and centres it on a circle of fixed size, greys what
	// lies outside and evens the light inside.
	NormalizationDisc = "disc"
)

// Parameters counts a model's weights as Keras does.
type Parameters struct {
	Total        int `json:"total"`
	Trainable    int `json:"trainable"`
	NonTrainable int `json:"non_trainable"`
}

// ModelCard says what a model is and where it comes from. It travels in the
// ONNX file's metadata as JSON under the key "assay.card".
type ModelCard struct {
	Name         string     `json:"name"`
	Architecture string     `json:"architecture"`
	Version      int        `json:"version"`
	Input        InputSpec  `json:"input"`
	Classes      []string   `json:"classes"`
	Thresholds   Thresholds `json:"thresholds"`
	Parameters   Parameters `json:"parameters"`

	// Part names the kind of part the model was trained on, as recipes name it: "Casting impeller".
	Part string `json:"part,omitempty"`
	// Description says in sentences what data the model comes from, and under which licence.
	Description string `json:"description,omitempty"`
	// Command is the exact command that trained the model.
	Command string `json:"command,omitempty"`
	// Dataset is the training set's fingerprint: the hex digest over its sorted content digests and labels.
	Dataset       string    `json:"dataset,omitempty"`
	Samples       int       `json:"samples,omitempty"`
	Seed          uint64    `json:"seed"`
	Augmentations []string  `json:"augmentations,omitempty"`
	Epochs        int       `json:"epochs,omitempty"`
	BestEpoch     int       `json:"best_epoch,omitempty"`
	Trained       time.Time `json:"trained"`
	// Metrics were measured on the validation part; names as in the JSON of `assay evaluate`.
	Metrics map[string]float64 `json:"metrics,omitempty"`
	// Parent is the digest of the model that training started from; empty for random weights.
	Parent string `json:"parent,omitempty"`
}

// Trigger says what starts an inspection.
type Trigger string

// The triggers.
const (
	// TriggerManual waits for the operator (Space).
	TriggerManual Trigger = "manual"
	// TriggerContinuous judges every frame.
	TriggerContinuous Trigger = "continuous"
	// TriggerPartPresent judges once when a part has come to stand in the region.
	TriggerPartPresent Trigger = "part-present"
)

// Recipe names a part, the model that judges it and how.
type Recipe struct {
	// Name is unique and what the operator chooses: "Demo impeller".
	Name string `json:"name"`
	// Part is the kind of part; a model trained on another kind is reported.
	Part string `json:"part"`
	// Model is a registered model's name.
	Model string `json:"model"`
	// Thresholds override the model's own where set (Fail > 0).
	Thresholds Thresholds `json:"thresholds"`
	// Region is the part of the frame that is judged, in pixels of the source; empty for the largest centred square
	// (the whole of a square frame).
	Region Rectangle `json:"region"`
	// SourceKind is the kind of source the recipe expects: "camera", "video", "folder" or "demo".
	SourceKind string  `json:"source_kind"`
	Source     string  `json:"source,omitempty"`
	Trigger    Trigger `json:"trigger"`
}
