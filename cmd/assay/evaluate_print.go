package main

import (
	"fmt"
	"strings"

	"assay/inspection"
	"assay/training"
	"assay/training/compare"
)

// evaluateRow is what `assay evaluate --json` prints; the report's fields are the contract's.
type evaluateRow struct {
	training.Evaluation
	Model   string `json:"model"`
	Version int    `json:"version,omitempty"`
	SHA256  string `json:"sha256"`
	Engine  string `json:"engine"`
	// Part is the part of the data set that was judged, "whole" for a folder without a test part; Split how the set is
	// divided.
	Part  string `json:"part"`
	Split string `json:"split,omitempty"`
	// TestUses is how often this test part has been used, this time included.
	TestUses int `json:"test_uses,omitempty"`
	// Seen says whether the model learnt from the images, or was chosen by them: none, some, all or unknown; SeenImages
	// how many it is known to have.
	Seen       training.SeenKind `json:"seen"`
	SeenImages int               `json:"seen_images"`
	// Wrong lists the images judged wrongly, where --wrong asks for them, Images all where --scores does.
	Wrong  []string          `json:"wrong,omitempty"`
	Images []training.Judged `json:"images,omitempty"`
}

// comparisonRow is the last line of `assay evaluate --beside MODEL --json`.
type comparisonRow struct {
	Comparison compare.Comparison `json:"comparison"`
	// Candidate and Current name the two models, as NAME@VERSION.
	Candidate string `json:"candidate"`
	Current   string `json:"current"`
}

func (e *evaluator) row(m evaluated, evaluation training.Evaluation) evaluateRow {
	row := evaluateRow{Evaluation: evaluation, Model: m.Card.Name, Version: m.Card.Version, SHA256: m.SHA256, Engine: e.options.engine,
		Part: string(e.part), Split: e.split, TestUses: e.uses, Seen: m.seen.Kind, SeenImages: m.seen.Images}
	if e.options.wrong {
		row.Wrong = evaluation.Wrong()
	}
	if e.options.scores {
		row.Images = evaluation.Judged
	}
	return row
}

func printEvaluation(out printer, row evaluateRow) error {
	c, d := row.Confusion, row.Decided
	err := out.row(row, `%s (%s engine) on %d images of the %s%s
accuracy   %.2f %%  (95 %% interval %.2f to %.2f)
recall     %.2f %%   precision %.2f %%   F1 %.2f %%  (weighted)
defective  recall %.2f %%  precision %.2f %%
confusion  %s: %d pass, %d fail   %s: %d pass, %d fail
AUROC      %.4f   calibration error %.4f   %.1f s
decided    %.1f %% at the model's thresholds, %.2f %% of them rightly; %d defects passed, %d sound parts failed%s`,
		nameInWords(row.Model, row.Version), row.Engine, row.N, partInWords(row.Part), usesInWords(row), row.Accuracy, row.CI95[0], row.CI95[1], row.Recall, row.Precision, row.F1,
		row.Defective.Recall, row.Defective.Precision,
		inspection.Normal, c[0][0], c[0][1], inspection.Defective, c[1][0], c[1][1], row.AUROC, row.ECE, row.Seconds,
		d.Share, d.Accuracy, d.DefectsPassed, d.SoundFailed, unfamiliarInWords(row))
	if out.json || err != nil {
		return err
	}
	for _, name := range row.Wrong {
		_, _ = fmt.Fprintln(out.w, "wrong:", name)
	}
	for _, j := range row.Images {
		_, _ = fmt.Fprintln(out.w, judgedInWords(j))
	}
	return nil
}

func partInWords(part string) string {
	if part == string(training.PartWhole) {
		return "whole folder"
	}
	return part + " part"
}

func usesInWords(row evaluateRow) string {
	var words []string
	if row.Split != "" {
		words = append(words, row.Split)
	}
	if row.TestUses > 0 {
		words = append(words, fmt.Sprintf("use %d of this test part", row.TestUses))
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, "; ") + ")"
}

func unfamiliarInWords(row evaluateRow) string {
	if row.Unfamiliar == nil {
		return ""
	}
	return fmt.Sprintf("\nunfamiliar %.2f %%", *row.Unfamiliar)
}

func judgedInWords(j training.Judged) string {
	text := fmt.Sprintf("%.4f  %-9s  %-6s  %s", j.Score, j.Class, j.Verdict, j.Name)
	if j.Distance != nil {
		text += fmt.Sprintf("  distance %.2f", *j.Distance)
	}
	return text
}
