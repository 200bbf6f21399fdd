package training

import (
	"context"
	"fmt"

	"assay/inspection"
	"assay/training/metrics"
)

// Kept returns the index of the epoch whose weights are kept; -1 before the
// first.
func (l *Loop) Kept() int {
	if l.KeepLast {
		return len(l.state.History) - 1
	}
	return metrics.Best(l.state.History)
}

// exhausted reports whether the best epoch lies Patience epochs back.
func (l *Loop) exhausted() bool {
	n := len(l.state.History)
	return l.Patience > 0 && n > 0 && n-1-l.Kept() >= l.Patience
}

// validate recalibrates batch norms for the weights at hand and fills the row.
func (l *Loop) validate(ctx context.Context, data *feed, row *metrics.Epoch) error {
	if err := l.Backend.Recalibrate(data.calibration(ctx, row.Epoch, l.Recalibration, l.RecalibrateAugmented)); err != nil {
		return fmt.Errorf("recalibrate after epoch %d: %w", row.Epoch, err)
	}
	// In one view, which tells epochs apart where several have nearly nothing wrong, and costs less; calibrated, for where
	// the line between the classes lies wanders from epoch to epoch, the more so for parts unlike those trained on. The
	// kept epoch is measured in all its views at the end.
	scores, err := data.scores(ctx, l.Backend, l.Validation, 1)
	if err != nil {
		return fmt.Errorf("validate after epoch %d: %w", row.Epoch, err)
	}
	truth := l.Set.Classes(l.Validation)
	l.Calibration.fit(scores, truth).apply(scores)
	row.ValLoss, row.ValAccuracy = metrics.Loss(scores, truth), metrics.Accuracy(scores, truth)
	if !finite(row.ValLoss) {
		return fmt.Errorf("validation loss after epoch %d: %w", row.Epoch, inspection.ErrNotFinite)
	}
	return nil
}
