package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

const (
	normal    = inspection.Normal
	defective = inspection.Defective
)

// answers returns both models' lists in which the candidate alone is right a
// times, the current model alone b times, both c times and neither d times.
func answers(a, b, c, d int) (candidate, current []Judged) {
	add := func(n int, mine, theirs bool) {
		for range n {
			i := len(candidate)
			class := inspection.Class(i % 2)
			score := func(right bool) float64 {
				if right == (class == defective) {
					return 0.9
				}
				return 0.1
			}
			j := Judged{Name: fmt.Sprint(i), Digest: fmt.Sprint("d", i/2), Class: class}
			other := j
			j.Score, other.Score = score(mine), score(theirs)
			candidate, current = append(candidate, j), append(current, other)
		}
	}
	add(a, true, false)
	add(b, false, true)
	add(c, true, true)
	add(d, false, false)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(current), func(i, j int) { current[i], current[j] = current[j], current[i] })
	return candidate, current
}

// TestMcNemar holds the exact p values of the binomial test (scipy.stats.binomtest).
func TestMcNemar(t *testing.T) {
	for _, c := range []struct {
		a, b  int
		p     float64
		words string
	}{
		{12, 2, 0.012939453125, "14 parts differ; the candidate is better with 98 % confidence."},
		{3, 9, 0.14599609375, "12 parts differ; the current model is right more often (9 against 3), but with 85 % confidence that may be chance."},
		{1, 0, 1, "1 part differs; the candidate is right more often (1 against 0), but with 0 % confidence that may be chance."},
		{5, 20, 0.004077315330505371, "25 parts differ; the current model is better with 99 % confidence."},
		{100, 40, 4.13e-7, "140 parts differ; the candidate is better with more than 99.9 % confidence."},
		{100, 60, 0.001953728034064342, "160 parts differ; the candidate is better with 99 % confidence."},
		{7, 7, 1, "14 parts differ; each model is right on 7 of them. Neither is better."},
		{0, 0, 1, "No part differs: both models are right on the same 10 of 13 parts."},
	} {
		candidate, current := answers(c.a, c.b, 10, 3)
		p, err := McNemar(candidate, current, 0.5)
		require.NoError(t, err)
		require.Equal(t, []int{c.a + c.b + 13, 10, 3, c.a, c.b}, []int{p.N, p.Both, p.Neither, p.Candidate, p.Current})
		require.InDelta(t, c.p, p.P, 1e-8)
		require.Equal(t, c.words, p.Words())
		back, err := McNemar(current, candidate, 0.5)
		require.NoError(t, err)
		require.Equal(t, p.P, back.P)
	}
}

func TestMatchRefuses(t *testing.T) {
	candidate, current := answers(1, 1, 1, 1)
	for name, spoil := range map[string]func(list []Judged) []Judged{
		"shorter":       func(list []Judged) []Judged { return list[1:] },
		"longer":        func(list []Judged) []Judged { return append(list, list[0]) },
		"another image": func(list []Judged) []Judged { list[0].Name = "x"; return list },
		"another label": func(list []Judged) []Judged { list[0].Class = 1 - list[0].Class; return list },
	} {
		_, err := McNemar(candidate, spoil(append([]Judged(nil), current...)), 0.5)
		require.ErrorIs(t, err, inspection.ErrBadDataset, name)
	}
}

// random returns n images whose scores lean towards the truth.
func randomList(n int, seed uint64) []Judged {
	random := rand.New(rand.NewPCG(seed, 2))
	list := make([]Judged, n)
	for i := range list {
		class := inspection.Class(random.IntN(2))
		list[i] = Judged{Name: fmt.Sprint(i), Class: class, Score: min(1, max(0, 0.25+0.5*float64(class)+0.3*random.NormFloat64()))}
	}
	return list
}

func TestRates(t *testing.T) {
	list := []Judged{{Class: normal, Score: 0.1}, {Class: normal, Score: 0.5}, {Class: defective, Score: 0.49}, {Class: defective, Score: 0.5},
		{Class: defective, Score: 0.9}}
	r := RatesAt(list, 0.5)
	require.Equal(t, [2][2]int{{1, 1}, {1, 2}}, r.Confusion())
	require.InDelta(t, 1.0/3, r.EscapeRate, 1e-12)
	require.InDelta(t, 0.5, r.FalseReject, 1e-12)
	require.InDelta(t, 0.6, r.Accuracy, 1e-12)
	require.InDelta(t, 0.0615, r.EscapeCI[0], 5e-4, "Wilson, 1 of 3")
	require.InDelta(t, 0.7923, r.EscapeCI[1], 5e-4)
	require.Equal(t, [2]float64{0, 1}, RatesAt(nil, 0.5).EscapeCI)
}

// TestCurveIsMonotone and its ends pass nothing and fail nothing, but for scores of 1.
func TestCurveIsMonotone(t *testing.T) {
	list := randomList(500, 3)
	curve := Curve(list)
	require.Len(t, curve, 201)
	require.Zero(t, curve[0].Escapes)
	require.Equal(t, curve[0].Sound, curve[0].FalseRejects)
	for i := 1; i < len(curve); i++ {
		require.GreaterOrEqual(t, curve[i].Escapes, curve[i-1].Escapes)
		require.LessOrEqual(t, curve[i].FalseRejects, curve[i-1].FalseRejects)
	}
	require.Equal(t, RatesAt(list, 0.5), curve[100])
}

func TestHistogramAndReliability(t *testing.T) {
	list := append(randomList(400, 4), Judged{Class: defective, Score: 1}, Judged{Class: normal, Score: 0})
	bars, total := Histogram(list), 0
	for _, class := range bars {
		for _, n := range class {
			total += n
		}
	}
	require.Equal(t, len(list), total)
	require.Positive(t, bars[defective][HistogramBins-1])
	n := 0
	for i, b := range Reliability(list) {
		n += b.N
		if b.N > 0 {
			require.GreaterOrEqual(t, b.Mean, b.Low, "bin %d", i)
			require.LessOrEqual(t, b.Mean, b.High, "bin %d", i)
			require.LessOrEqual(t, b.CI95[0], b.Defective)
			require.GreaterOrEqual(t, b.CI95[1], b.Defective)
		}
	}
	require.Equal(t, len(list), n)
	require.Equal(t, [2]float64{0, 1}, Reliability(nil)[3].CI95)
}

func TestCompareIsJSON(t *testing.T) {
	candidate, current := answers(4, 1, 20, 2)
	c, err := Compare(candidate, current, 0.5)
	require.NoError(t, err)
	require.Equal(t, c.Paired.Words(), c.Words)
	require.Equal(t, c.Candidate.Rates.Confusion(), c.Candidate.Confusion)
	data, err := json.Marshal(c)
	require.NoError(t, err)
	var back Comparison
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, c, back)
}

// TestLearningCurveFindsItself: errors drawn from a known power law lead to the
// number of samples that law needs; with fewer held-out images the interval
// widens about it.
func TestLearningCurveFindsItself(t *testing.T) {
	const a, b = 0.6, 0.6
	want := math.Pow(a/0.01, 1/b) // 919
	curve := func(n float64) Estimate {
		var points []CurvePoint
		for _, samples := range []int{25, 50, 100, 200} {
			points = append(points, CurvePoint{samples, int(math.Round(n * a * math.Pow(float64(samples), -b))), int(n)})
		}
		return FitLearningCurve(points, 99)
	}
	exact := curve(20000)
	require.InDelta(t, want, float64(exact.Samples), 0.3*want, exact.Text)
	require.Greater(t, exact.Chance, 0.9)
	require.Contains(t, exact.Text, "more samples to reach 99 %")
	rough := curve(2000)
	require.Less(t, rough.Low, int(want), rough.Text)
	require.True(t, rough.High == 0 || rough.High > int(want), rough.Text)
	require.Less(t, rough.Chance, exact.Chance)
}

func TestLearningCurveLimits(t *testing.T) {
	require.Contains(t, FitLearningCurve([]CurvePoint{{0, 30, 100}, {25, 10, 100}}, 99).Text, "Two sizes")
	reached := FitLearningCurve([]CurvePoint{{25, 10, 1000}, {200, 2, 1000}, {50, 5, 1000}}, 99)
	require.Equal(t, 200, reached.Samples)
	require.Contains(t, reached.Text, "is reached: 99.8 % with 200 samples")
	flat := FitLearningCurve([]CurvePoint{{25, 400, 5000}, {50, 405, 5000}, {100, 398, 5000}, {200, 401, 5000}}, 99)
	require.Zero(t, flat.Samples, flat.Text)
	require.Less(t, flat.Chance, 0.2)
	require.Contains(t, flat.Text, "may not reach")
	require.Equal(t, FitLearningCurve([]CurvePoint{{25, 40, 500}, {200, 9, 500}}, 99), FitLearningCurve([]CurvePoint{{200, 9, 500}, {25, 40, 500}}, 99))
}

func TestRound(t *testing.T) {
	for n, want := range map[int]int{0: 1, 7: 7, 99: 99, 143: 140, 1261: 1300, 996: 1000} {
		require.Equal(t, want, round(n))
	}
}
