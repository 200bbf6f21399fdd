package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// CurvePoint is what a model did on held-out images after training on so many
// samples.
type CurvePoint struct {
	Samples int `json:"samples"`
	// Errors of N held-out images were judged wrongly.
	Errors int `json:"errors"`
	N      int `json:"n"`
}

// Estimate says how many samples a target accuracy needs.
type Estimate struct {
	// Target is the accuracy asked for, in per cent.
	Target float64 `json:"target"`
	// Samples is the number in all that reaches it, the middle of what the curve allows; Low and High hold 80 % of
	// that. 0 stands for "not within reach": beyond ten times the most samples tried.
	Samples int `json:"samples"`
	Low     int `json:"low"`
	High    int `json:"high"`
	// Chance is how likely ten times the most samples tried would reach the target, 0 to 1, as far as the curve tells.
	Chance float64 `json:"chance"`
	Text   string  `json:"text"`
}

// reach is how far beyond the most samples tried an estimate goes.
const reach = 10

// FitLearningCurve estimates how many samples reach the target accuracy (in per
// cent). The model is error = floor + a·samples^-b, the power law that learning
// curves follow (Hestness et al. 2017). Few points with few errors leave much
// open, so not one curve is fitted but all are weighed by how well they explain
// the errors (binomial likelihood, even prior over ln a, b and the floor); the
// estimate is the weighted middle and its interval. Points without samples are
// left out. With fewer than two points Text says that nothing can be said.
func FitLearningCurve(points []CurvePoint, target float64) Estimate {
	points = slices.DeleteFunc(slices.Clone(points), func(p CurvePoint) bool { return p.Samples < 1 || p.N < 1 })
	slices.SortFunc(points, func(a, b CurvePoint) int { return cmp.Compare(a.Samples, b.Samples) })
	e := Estimate{Target: target}
	if len(points) < 2 {
		e.Text = fmt.Sprintf("Two sizes of training set or more are needed to say how many samples reach %g %%.", target)
		return e
	}
	last := points[len(points)-1]
	if accuracy := 100 * (1 - float64(last.Errors)/float64(last.N)); accuracy >= target {
		e.Samples, e.Low, e.High, e.Chance = last.Samples, points[0].Samples, last.Samples, 1
		e.Text = fmt.Sprintf("%g %% is reached: %.1f %% with %d samples.", target, accuracy, last.Samples)
		return e
	}
	e.weigh(weighCurves(points, 1-target/100), last.Samples)
	return e
}

// outcome is one curve: the samples it needs, infinite where its floor lies
// above the target, and its weight.
type outcome struct{ samples, weight float64 }

// weighCurves walks the grid of curves.
func weighCurves(points []CurvePoint, target float64) []outcome {
	var outcomes []outcome
	best := math.Inf(-1)
	for b := 0.1; b <= 1.5; b += 0.05 {
		for _, floor := range []float64{0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08} {
			for logA := -6.0; logA <= 6; logA += 0.1 {
				a := math.Exp(logA)
				likelihood := logLikelihood(points, a, b, floor)
				samples := math.Inf(1)
				if floor < target {
					samples = math.Pow(a/(target-floor), 1/b)
				}
				outcomes = append(outcomes, outcome{samples, likelihood})
				best = max(best, likelihood)
			}
		}
	}
	for i := range outcomes {
		outcomes[i].weight = math.Exp(outcomes[i].weight - best)
	}
	return outcomes
}

func logLikelihood(points []CurvePoint, a, b, floor float64) float64 {
	sum := 0.0
	for _, p := range points {
		rate := min(max(floor+a*math.Pow(float64(p.Samples), -b), 1e-6), 0.999)
		sum += float64(p.Errors)*math.Log(rate) + float64(p.N-p.Errors)*math.Log(1-rate)
	}
	return sum
}

// weigh fills the estimate from the weighted outcomes. A curve that would have
// reached the target already, against what was seen, counts as reaching it now.
func (e *Estimate) weigh(outcomes []outcome, tried int) {
	slices.SortFunc(outcomes, func(a, b outcome) int { return cmp.Compare(a.samples, b.samples) })
	limit, total := float64(reach*tried), 0.0
	for _, o := range outcomes {
		total += o.weight
		if o.samples <= limit {
			e.Chance += o.weight
		}
	}
	e.Chance /= total
	quantile := func(q float64) int {
		sum := 0.0
		for _, o := range outcomes {
			if sum += o.weight; sum >= q*total {
				if o.samples > limit {
					return 0
				}
				return max(int(math.Ceil(o.samples)), tried+1)
			}
		}
		return 0
	}
	e.Low, e.Samples, e.High = quantile(0.1), quantile(0.5), quantile(0.9)
	e.Text = e.words(tried)
}

func (e *Estimate) words(tried int) string {
	switch {
	case e.Samples == 0:
		return fmt.Sprintf("More samples of this kind alone may not reach %g %%: the curve flattens, or is too uncertain to say.", e.Target)
	case e.High == 0:
		return fmt.Sprintf("About %d more samples to reach %g %%, but it may be far more: at least %d.", round(e.Samples-tried), e.Target, round(e.Low-tried))
	}
	return fmt.Sprintf("About %d more samples to reach %g %% (likely between %d and %d).",
		round(e.Samples-tried), e.Target, round(e.Low-tried), round(e.High-tried))
}

// round keeps two digits: an estimate has no more.
func round(n int) int {
	unit := 1
	for n/unit >= 100 {
		unit *= 10
	}
	return max((n+unit/2)/unit*unit, 1)
}
