package training

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/inference/whitening"
	"assay/inspection"
	"assay/training/metrics"
)

// finish calibrates the kept weights, which the backend holds, measures them on
// the validation part and writes the file. The best model is worth having even
// when the training was cancelled, so this does not stop for that.
func (r Request) finish(loop *Loop, network *architecture.Network, outcome Outcome, w *whitening.Whitening, hooks Hooks) (Result, error) {
	state := loop.State()
	kept := state.History[loop.Kept()]
	result := Result{Model: r.Name, BestEpoch: kept.Epoch, Ending: outcome.Ending, History: slices.Clone(state.History)}
	if outcome.Cause != nil {
		result.Warning = outcome.Cause.Error()
	}
	v, err := r.calibrate(loop, network, hooks)
	if err != nil {
		return Result{}, fmt.Errorf("validate the best epoch: %w", err)
	}
	if r.measure != nil {
		if err := r.measure(loop); err != nil {
			return Result{}, fmt.Errorf("measure the new model: %w", err)
		}
	}
	result.Validation = v.report
	result.Card = r.card(loop, v)
	result.Card.Thresholds = chooseThresholds(v.scores, v.truth)
	count, err := network.Count()
	if err != nil {
		return Result{}, err
	}
	result.Card.Parameters, result.Card.Input, result.Card.Architecture = count, network.Input, network.Name
	extras := onnx.Extras{Whitening: w, Familiarity: r.familiarity(loop, hooks)}
	if result.File, err = onnx.EncodeWith(result.Card, network, v.weights, extras); err != nil {
		return Result{}, fmt.Errorf("write model %s: %w", r.Name, err)
	}
	digest := sha256.Sum256(result.File)
	result.SHA256 = hex.EncodeToString(digest[:])
	return result, nil
}

// validated is what the kept weights do on the validation part.
type validated struct {
	weights architecture.Weights
	scores  []float32
	truth   []inspection.Class
	report  metrics.Report
	// before is the calibration error without calibration.
	before float64
	line   calibrated
}

// calibrate fits the calibration, folds it into the weights and measures these.
func (r Request) calibrate(loop *Loop, network *architecture.Network, hooks Hooks) (validated, error) {
	v := validated{weights: loop.State().Best, truth: loop.Set.Classes(loop.Validation), line: uncalibrated}
	data := loop.feed()
	var err error
	if v.scores, err = data.judged(context.Background(), loop.Backend, loop.Validation); err != nil {
		return v, err
	}
	v.before = metrics.CalibrationError(v.scores, v.truth)
	if line := r.Calibration.fit(v.scores, v.truth); line != uncalibrated {
		folded, ok := line.fold(network, v.weights)
		if !ok && hooks.Warn != nil {
			hooks.Warn(errors.New("this network's scores cannot be calibrated; they are kept as they are"))
		}
		if ok {
			v.line, v.weights = line, folded
			if err := loop.Backend.SetWeights(folded); err != nil {
				return v, err
			}
			if v.scores, err = data.judged(context.Background(), loop.Backend, loop.Validation); err != nil {
				return v, err
			}
		}
	}
	v.report, err = metrics.Compute(v.scores, v.truth, 0)
	return v, err
}
