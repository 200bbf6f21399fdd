package main

import (
	"fmt"
	"strings"

	"assay/inspection"
	"assay/training"
)

func printEvaluation(out printer, row evaluateRow) error {
	c, d := row.Confusion, row.Decided
	err := out.row(row, `%s (%s engine) on %d images of the %s%s
accuracy   %.2f %%  (95 %% interval %.2f to %.2f)
recall     %.2f %%   precision %.2f %%   F1 %.2f %%  (weighted)
defective  recall %.2f %%  precision %.2f %%
confusion  %s: %d pass, %d fail   %s: %d pass, %d fail
AUROC      %.4f   calibration error %.4f   %.1f s
decided    %.1f %% at the model's thresholds, %.2f %% of them rightly; %d defects passed, %d sound parts failed%s`,
		refInWords(inspection.ModelRef{Name: row.Model, Version: row.Version}), row.Engine, row.N, partInWords(row.Part), usesInWords(row), row.Accuracy, row.CI95[0], row.CI95[1], row.Recall, row.Precision, row.F1,
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
