package compare

import (
	"assay/inspection"
	"assay/training/metrics"
)

// HistogramBins is the number of equally wide bins of Histogram over scores 0 to 1.
const HistogramBins = 20

// Bars counts images by score: first the normal ones, then the defective.
type Bars [2][HistogramBins]int

// Histogram counts the images of each class in each bin; the last bin holds the
// score 1 as well.
func Histogram(list []Judged) Bars {
	var bars Bars
	for _, j := range list {
		bars[j.Class][bin(j.Score, HistogramBins)]++
	}
	return bars
}

func bin(score float64, bins int) int { return min(max(int(score*float64(bins)), 0), bins-1) }

// Rates are what a threshold costs. Rates and intervals are shares, 0 to 1, with
// 95 % Wilson intervals; a rate of nothing is 0 with the interval 0 to 1.
type Rates struct {
	Threshold float64 `json:"threshold"`
	// Escapes counts the defects passed, among Defects; FalseRejects the sound parts failed, among Sound.
	Escapes        int        `json:"escapes"`
	Defects        int        `json:"defects"`
	FalseRejects   int        `json:"false_rejects"`
	Sound          int        `json:"sound"`
	EscapeRate     float64    `json:"escape_rate"`
	EscapeCI       [2]float64 `json:"escape_ci95"`
	FalseReject    float64    `json:"false_reject_rate"`
	FalseRejectCI  [2]float64 `json:"false_reject_ci95"`
	Accuracy       float64    `json:"accuracy"`
	DefectiveFound float64    `json:"defective_recall"`
}

// RatesAt counts what passes and fails where a score at or above threshold fails.
func RatesAt(list []Judged, threshold float64) Rates {
	r := Rates{Threshold: threshold}
	for _, j := range list {
		fails := j.Score >= threshold
		if j.Class == inspection.Defective {
			r.Defects++
			if !fails {
				r.Escapes++
			}
			continue
		}
		r.Sound++
		if fails {
			r.FalseRejects++
		}
	}
	r.EscapeRate, r.EscapeCI = share(r.Escapes, r.Defects)
	r.FalseReject, r.FalseRejectCI = share(r.FalseRejects, r.Sound)
	r.Accuracy, _ = share(len(list)-r.Escapes-r.FalseRejects, len(list))
	r.DefectiveFound, _ = share(r.Defects-r.Escapes, r.Defects)
	return r
}

// Confusion returns the matrix: the row is the truth, the column the answer.
func (r Rates) Confusion() [2][2]int {
	return [2][2]int{{r.Sound - r.FalseRejects, r.FalseRejects}, {r.Escapes, r.Defects - r.Escapes}}
}

func share(part, whole int) (rate float64, interval [2]float64) {
	low, high := metrics.Wilson(part, whole)
	if whole == 0 {
		return 0, [2]float64{low, high}
	}
	return float64(part) / float64(whole), [2]float64{low, high}
}

// curveSteps is the number of steps of Curve: a slider's half hundredths.
const curveSteps = 200

// Curve returns the rates at the thresholds 0, 0.005, … 1, rising. Escapes never
// fall and false rejects never rise along it.
func Curve(list []Judged) []Rates {
	curve := make([]Rates, curveSteps+1)
	for i := range curve {
		curve[i] = RatesAt(list, float64(i)/curveSteps)
	}
	return curve
}

// ReliabilityBins is the number of bins of Reliability.
const ReliabilityBins = 10

// Bin holds the images whose scores lie in [Low, High), the last one up to 1.
type Bin struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	N    int     `json:"n"`
	// Mean is the mean score, Defective the share that is really defective with its 95 % Wilson interval: in a
	// calibrated model the two agree.
	Mean      float64    `json:"mean"`
	Defective float64    `json:"defective"`
	CI95      [2]float64 `json:"ci95"`
}

// Reliability bins the images by score, empty bins included.
func Reliability(list []Judged) []Bin {
	bins := make([]Bin, ReliabilityBins)
	var defects [ReliabilityBins]int
	for _, j := range list {
		b := bin(j.Score, ReliabilityBins)
		bins[b].N++
		bins[b].Mean += j.Score
		if j.Class == inspection.Defective {
			defects[b]++
		}
	}
	for i := range bins {
		b := &bins[i]
		b.Low, b.High = float64(i)/ReliabilityBins, float64(i+1)/ReliabilityBins
		if b.N > 0 {
			b.Mean /= float64(b.N)
		}
		b.Defective, b.CI95 = share(defects[i], b.N)
	}
	return bins
}
