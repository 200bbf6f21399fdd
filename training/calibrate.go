package training

import (
	"fmt"
	"math"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inspection"
)

// Calibration names how scores are made to mean what they say: that of the parts
// with a score of 0.9, nine in ten are defective.
type Calibration string

// The calibrations. All are fitted on the validation part's logits z.
const (
	// Temperature divides z by one number (Guo et al. 2017): answers at 0.5 and the order of scores stay.
	Temperature Calibration = "temperature"
	// Platt takes a·z + b (Platt 1999): it may move answers at 0.5.
	Platt Calibration = "platt"
	// NoCalibration leaves scores as they are.
	NoCalibration Calibration = "none"
)

func (c Calibration) validate() error {
	switch c {
	case Temperature, Platt, NoCalibration:
		return nil
	}
	return fmt.Errorf("calibration %q: want temperature, platt or none", c)
}

// calibrated is the line that calibration makes of a logit: slope·z + shift.
type calibrated struct{ slope, shift float64 }

var uncalibrated = calibrated{slope: 1}

// The slope stays within these bounds, so that a validation part without errors
// does not make a model sure beyond measure nor an odd one numb.
const (
	leastSlope = 0.05
	mostSlope  = 2
)

// fit returns the line of least cross-entropy on the validation part. Its targets
// are Platt's: with n images of a class, not 1 but (n+1)/(n+2), since a class of
// n images without an error does not prove that there is none.
func (c Calibration) fit(scores []float32, truth []inspection.Class) calibrated {
	if c == NoCalibration {
		return uncalibrated
	}
	logits, targets := make([]float64, len(scores)), make([]float64, len(scores))
	var count [2]float64
	for _, class := range truth {
		count[class]++
	}
	for i, s := range scores {
		logits[i], targets[i] = inference.Logit(s), 1/(count[inspection.Normal]+2)
		if truth[i] == inspection.Defective {
			targets[i] = (count[inspection.Defective] + 1) / (count[inspection.Defective] + 2)
		}
	}
	line := uncalibrated
	for range 200 { // Newton's method on a convex loss; it converges in about ten rounds
		next := line.newton(logits, targets, c == Platt)
		done := math.Abs(next.slope-line.slope)+math.Abs(next.shift-line.shift) < 1e-10
		line = next
		if done {
			break
		}
	}
	return line
}

// score returns the calibrated score of a logit.
func (l calibrated) score(logit float64) float64 {
	return 1 / (1 + math.Exp(-(l.slope*logit + l.shift)))
}

// apply calibrates scores in place.
func (l calibrated) apply(scores []float32) {
	if l == uncalibrated {
		return
	}
	for i, s := range scores {
		scores[i] = float32(l.score(inference.Logit(s)))
	}
}

// newton returns the line after one damped step.
func (l calibrated) newton(logits, targets []float64, shifts bool) calibrated {
	const ridge = 1e-9 // keeps the second derivatives from vanishing where all answers are certain
	var g0, g1 float64
	h00, h01, h11 := ridge, 0.0, ridge
	for i, z := range logits {
		p := l.score(z)
		d, w := p-targets[i], p*(1-p)
		g0, g1 = g0+d*z, g1+d
		h00, h01, h11 = h00+w*z*z, h01+w*z, h11+w
	}
	n := float64(len(logits))
	h00, h11 = h00+ridge*n, h11+ridge*n
	slope, shift := g0/h00, 0.0
	if determinant := h00*h11 - h01*h01; shifts && determinant > 0 {
		slope, shift = (g0*h11-g1*h01)/determinant, (g1*h00-g0*h01)/determinant
	}
	const most = 0.5 // of a step: the loss is convex but not quadratic
	damping := min(1, most/max(math.Abs(slope), math.Abs(shift), 1e-300))
	return calibrated{min(max(l.slope-damping*slope, leastSlope), mostSlope), l.shift - damping*shift}
}

// fold puts the line into the convolution whose map is averaged to the logit, so
// that engines need nothing new; the map scales with it. ok is false, and the
// weights unchanged, where the network has no such convolution with a bias.
func (l calibrated) fold(n *architecture.Network, w architecture.Weights) (folded architecture.Weights, ok bool) {
	last, found := lastConvolution(n)
	if !found || !last.Bias || last.Name != n.Map || !averagesMap(n) {
		return w, l == uncalibrated
	}
	folded = w.Clone()
	for i, v := range folded[last.Name+".weight"] {
		folded[last.Name+".weight"][i] = float32(l.slope * float64(v))
	}
	for i, v := range folded[last.Name+".bias"] {
		folded[last.Name+".bias"][i] = float32(l.slope*float64(v) + l.shift)
	}
	return folded, true
}

// averagesMap reports whether the score is the sigmoid of the map's mean.
func averagesMap(n *architecture.Network) bool {
	score, ok := n.Layer(n.Score)
	if !ok || score.Kind != architecture.Sigmoid {
		return false
	}
	mean, ok := n.Layer(score.Inputs[0])
	return ok && mean.Kind == architecture.GlobalAveragePool && mean.Inputs[0] == n.Map
}

// lastConvolution returns the convolution nearest to the score.
func lastConvolution(n *architecture.Network) (architecture.Layer, bool) {
	for i := len(n.Layers) - 1; i >= 0; i-- {
		if n.Layers[i].Kind == architecture.Conv {
			return n.Layers[i], true
		}
	}
	return architecture.Layer{}, false
}

// frozen lists the trainable parameters of all layers before the last
// convolution.
func frozen(n *architecture.Network) ([]string, error) {
	list, err := n.Parameters()
	if err != nil {
		return nil, err
	}
	last, _ := lastConvolution(n)
	var names []string
	for _, p := range list {
		if p.Trainable && p.Name != last.Name+".weight" && p.Name != last.Name+".bias" {
			names = append(names, p.Name)
		}
	}
	return names, nil
}
