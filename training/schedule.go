package training

import (
	"fmt"
	"math"

	"assay/training/metrics"
)

// ScheduleKind names a way of lowering the learning rate.
type ScheduleKind string

// The schedules. Both begin with a linear warm-up.
const (
	// Cosine falls from Peak to Floor along half a cosine over all epochs.
	Cosine ScheduleKind = "cosine"
	// Plateau multiplies the rate by Factor whenever the validation loss has not fallen for Patience epochs.
	Plateau ScheduleKind = "plateau"
)

// Schedule says which learning rate each step has. The rate follows from the
// step and the history of epochs alone, so a schedule has no state to keep.
// Fields left zero take the defaults of DefaultSchedule.
type Schedule struct {
	Kind ScheduleKind `json:"kind"`
	// Peak is the rate after the warm-up, Floor the lowest.
	Peak  float64 `json:"peak"`
	Floor float64 `json:"floor"`
	// Warmup is the number of epochs over which the rate rises to Peak; it may be a fraction. Negative means none.
	Warmup float64 `json:"warmup"`
	// Factor and Patience belong to Plateau.
	Factor   float64 `json:"factor"`
	Patience int     `json:"patience"`
}

// DefaultSchedule returns one epoch of warm-up to 3e-3 and a cosine to 1e-5.
func DefaultSchedule() Schedule {
	return Schedule{Kind: Cosine, Peak: 3e-3, Floor: 1e-5, Warmup: 1, Factor: 0.3, Patience: 3}
}

func (s Schedule) withDefaults() Schedule {
	d := DefaultSchedule()
	if s.Kind == "" {
		s.Kind = d.Kind
	}
	if s.Peak == 0 {
		s.Peak = d.Peak
	}
	if s.Floor == 0 {
		s.Floor = min(d.Floor, s.Peak)
	}
	if s.Warmup == 0 {
		s.Warmup = d.Warmup
	}
	if s.Factor == 0 {
		s.Factor = d.Factor
	}
	if s.Patience == 0 {
		s.Patience = d.Patience
	}
	return s
}

// mostWarmup bounds a number that someone types.
const mostWarmup = 10_000

func (s Schedule) validate() error {
	switch {
	case s.Kind != Cosine && s.Kind != Plateau:
		return fmt.Errorf("learning-rate schedule %q: want %s or %s", s.Kind, Cosine, Plateau)
	case !(s.Floor > 0 && s.Floor <= s.Peak && s.Peak <= 1): // also refuses NaN
		return fmt.Errorf("learning rate from %g down to %g: want 0 < lowest ≤ highest ≤ 1", s.Peak, s.Floor)
	case math.IsNaN(s.Warmup) || s.Warmup > mostWarmup:
		return fmt.Errorf("warm-up over %g epochs: want 0 to %g", s.Warmup, float64(mostWarmup))
	case !(s.Factor > 0 && s.Factor < 1) || s.Patience < 1:
		return fmt.Errorf("plateau: factor %g and patience %d: want a factor between 0 and 1 and a patience of at least 1", s.Factor, s.Patience)
	}
	return nil
}

// rate returns the learning rate of a step, counted from 0, of a training of
// epochs × stepsPerEpoch steps, after the epochs of history.
func (s Schedule) rate(step, stepsPerEpoch, epochs int, history []metrics.Epoch) float64 {
	warmup := math.Ceil(max(s.Warmup, 0) * float64(stepsPerEpoch))
	if float64(step) < warmup {
		return s.Peak * float64(step+1) / warmup
	}
	if s.Kind == Plateau {
		return s.plateau(history)
	}
	last := max(float64(epochs*stepsPerEpoch)-1, warmup+1)
	progress := (float64(step) - warmup) / (last - warmup)
	return s.Floor + (s.Peak-s.Floor)*(1+math.Cos(math.Pi*min(progress, 1)))/2
}

// plateau replays the history. A loss counts as lower from 1e-4 on, as in Keras.
func (s Schedule) plateau(history []metrics.Epoch) float64 {
	const least = 1e-4
	rate, best, waited := s.Peak, math.Inf(1), 0
	for _, e := range history {
		if e.ValLoss < best-least {
			best, waited = e.ValLoss, 0
			continue
		}
		waited++
		if waited >= s.Patience {
			rate, waited = max(rate*s.Factor, s.Floor), 0
		}
	}
	return rate
}
