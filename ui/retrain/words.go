package retrain

import (
	"fmt"
	"time"

	"assay/inspection"
	"assay/station"
)

// count writes a whole number with its thousands apart.
func count(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// many writes a number of things: "1 picture", "1,204 pictures".
func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + more
}

func pictures(n int) string { return many(n, "picture", "pictures") }

// percent writes a share of a whole, "–" of nothing.
func percent(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// spell writes how long something takes.
func spell(d time.Duration) string {
	d = d.Round(time.Second)
	if d >= time.Hour {
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
}

// The words that a sample's class and part go by in a data set.
const (
	classNormal    = "normal"
	classDefective = "defective"
	partTrain      = "train"
	partValidation = "validation"
	partTest       = "test"
)

// classWord is what a person reads for a sample's class.
func classWord(class string) string {
	if class == classNormal {
		return "sound"
	}
	return "defective"
}

// partWord is what a person reads for a sample's part.
func partWord(part string) string {
	if part == partTrain {
		return "training"
	}
	return part
}

// classVerdict has a sample's class drawn as the verdict that it deserves.
func classVerdict(class string) inspection.Verdict {
	if class == classNormal {
		return inspection.Pass
	}
	return inspection.Fail
}

func modelName(ref inspection.ModelRef) string {
	if ref.Name == "" {
		return "none"
	}
	return fmt.Sprintf("%s %d", ref.Name, ref.Version)
}

// all counts the images of every part.
func all(r station.DatasetReport) station.ClassCount {
	return station.ClassCount{Normal: r.Train.Normal + r.Validation.Normal + r.Test.Normal,
		Defective: r.Train.Defective + r.Validation.Defective + r.Test.Defective}
}
