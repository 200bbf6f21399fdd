package training

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"assay/inference/architecture"
)

// AveragingKind names a way of averaging weights over steps.
type AveragingKind string

// The ways of averaging. The zero value is no averaging.
const (
	// NoAveraging keeps the weights as the last step left them.
	NoAveraging AveragingKind = ""
	// Exponential lets the average follow the weights: average = Decay·average + (1-Decay)·weights after each step, the
	// first steps with less decay, as TensorFlow's ExponentialMovingAverage does: min(Decay, (1+t)/(10+t)).
	Exponential AveragingKind = "ema"
	// Stochastic is the even mean over all steps of the last Share of the epochs (SWA, Izmailov et al. 2018).
	Stochastic AveragingKind = "swa"
)

// Averaging says whether weights are averaged. The averaged weights, with batch
// norms recalibrated for them, are what is validated and kept; training itself
// goes on from its own.
type Averaging struct {
	Kind AveragingKind `json:"kind,omitempty"`
	// Decay belongs to Exponential, 0 to 1 exclusive; Share to Stochastic, above 0 and up to 1.
	Decay float64 `json:"decay,omitempty"`
	Share float64 `json:"share,omitempty"`
}

// The values that "ema" and "swa" alone stand for.
const (
	DefaultDecay = 0.999
	DefaultShare = 0.25
)

// ParseAveraging reads "none" (or nothing), "ema", "ema=0.99", "swa" or "swa=0.5".
func ParseAveraging(text string) (Averaging, error) {
	name, value, valued := strings.Cut(text, "=")
	a := Averaging{Kind: AveragingKind(name)}
	field, fallback := &a.Decay, DefaultDecay
	switch a.Kind {
	case NoAveraging, "none":
		if valued {
			return Averaging{}, fmt.Errorf("averaging %q: none takes no value", text)
		}
		return Averaging{}, nil
	case Stochastic:
		field, fallback = &a.Share, DefaultShare
	}
	*field = fallback
	if valued {
		var err error
		if *field, err = strconv.ParseFloat(value, 64); err != nil {
			return Averaging{}, fmt.Errorf("averaging %q: %q is no number", text, value)
		}
	}
	return a, a.validate()
}

func (a Averaging) validate() error {
	switch {
	case a.Kind == NoAveraging:
		return nil
	case a.Kind == Exponential && a.Decay > 0 && a.Decay < 1:
		return nil
	case a.Kind == Stochastic && a.Share > 0 && a.Share <= 1:
		return nil
	case a.Kind == Exponential:
		return fmt.Errorf("averaging: decay %g: want one between 0 and 1, such as ema=%g", a.Decay, DefaultDecay)
	case a.Kind == Stochastic:
		return fmt.Errorf("averaging: share %g of the epochs: want one above 0 and up to 1, such as swa=%g", a.Share, DefaultShare)
	}
	return fmt.Errorf("averaging %q: want none, ema or swa", a.Kind)
}

// rate returns how far the average moves towards the weights of a step in that
// epoch (of epochs), when count steps are in it; 0 leaves it.
func (a Averaging) rate(count, epoch, epochs int) float64 {
	switch a.Kind {
	case Exponential:
		if count == 0 {
			return 1
		}
		return 1 - min(a.Decay, (1+float64(count))/(10+float64(count)))
	case Stochastic:
		if epoch > epochs-int(math.Ceil(a.Share*float64(epochs))) {
			return 1 / float64(count+1)
		}
	}
	return 0
}

// follow moves the average towards w. The first step makes it a copy.
func follow(average, w architecture.Weights, rate float64) architecture.Weights {
	if average == nil {
		return w.Clone()
	}
	for name, values := range w {
		mean := average[name]
		for i, v := range values {
			mean[i] += float32(rate * (float64(v) - float64(mean[i])))
		}
	}
	return average
}
