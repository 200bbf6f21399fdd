package metrics

import (
	"math"
	"slices"

	"assay/inspection"
)

// CalibrationBins is the number of equally wide bins of CalibrationError.
const CalibrationBins = 15

// normal975 is the 97.5 % quantile of the standard normal distribution.
const normal975 = 1.959963984540054

// Wilson returns the 95 % score interval (Wilson 1927) of a proportion, both
// ends in [0, 1]. For n = 0 nothing is known: it returns 0 and 1.
func Wilson(successes, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	count, p, z2 := float64(n), float64(successes)/float64(n), normal975*normal975
	centre := p + z2/(2*count)
	half := normal975 * math.Sqrt(p*(1-p)/count+z2/(4*count*count))
	scale := 1 + z2/count
	low, high = max(0, (centre-half)/scale), min(1, (centre+half)/scale)
	if successes == n { // exactly 1, which rounding may miss
		high = 1
	}
	return low, high
}

// AUROC returns the chance that a defective image scores above a normal one,
// ties counting half (the Mann-Whitney statistic); NaN where a class is missing.
func AUROC(scores []float32, truth []inspection.Class) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case scores[a] < scores[b]:
			return -1
		case scores[a] > scores[b]:
			return 1
		}
		return 0
	})
	var wins, normals, defects float64
	for start := 0; start < len(order); {
		end := start
		var tied [2]float64
		for end < len(order) && scores[order[end]] == scores[order[start]] {
			tied[truth[order[end]]]++
			end++
		}
		wins += tied[inspection.Defective] * (normals + tied[inspection.Normal]/2)
		normals += tied[inspection.Normal]
		defects += tied[inspection.Defective]
		start = end
	}
	return wins / (normals * defects)
}

// CalibrationError returns the expected calibration error (Guo et al. 2017):
// images are binned by the confidence of the answer, max(p, 1-p), into
// CalibrationBins bins over [0, 1]; the result is the mean over images of the
// distance between a bin's accuracy and its mean confidence.
func CalibrationError(scores []float32, truth []inspection.Class) float64 {
	var confidence, right [CalibrationBins]float64
	for i, s := range scores {
		c := max(float64(s), 1-float64(s))
		bin := min(int(c*CalibrationBins), CalibrationBins-1)
		confidence[bin] += c
		if Classify(s) == truth[i] {
			right[bin]++
		}
	}
	var sum float64
	for bin := range confidence {
		sum += math.Abs(confidence[bin] - right[bin])
	}
	return sum / float64(len(scores))
}

// Loss returns the mean binary cross-entropy. Scores are kept 1e-7 away from 0
// and 1, as Keras does, so that one certain error does not make it infinite.
func Loss(scores []float32, truth []inspection.Class) float64 {
	const epsilon = 1e-7
	var sum float64
	for i, s := range scores {
		p := min(max(float64(s), epsilon), 1-epsilon)
		if truth[i] == inspection.Normal {
			p = 1 - p
		}
		sum -= math.Log(p)
	}
	return sum / float64(len(scores))
}

// Accuracy returns the share of right answers at Threshold, in per cent.
func Accuracy(scores []float32, truth []inspection.Class) float64 {
	right := 0
	for i, s := range scores {
		if Classify(s) == truth[i] {
			right++
		}
	}
	return 100 * float64(right) / float64(len(scores))
}
