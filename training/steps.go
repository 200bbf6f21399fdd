package training

import (
	"context"
	"fmt"
	"math"
	"time"

	"assay/inspection"
	"assay/training/metrics"
)

// pace measures the steps of an epoch.
type pace struct {
	start  time.Time
	paused time.Duration
}

func (p *pace) elapsed() time.Duration { return time.Since(p.start) - p.paused }

// rest waits while the training is paused.
func (l *Loop) rest(ctx context.Context, p *pace) error {
	if l.Pause == nil || !l.Pause.Held() {
		return nil
	}
	start := time.Now()
	defer func() { p.paused += time.Since(start) }()
	return l.Pause.wait(ctx)
}

// steps trains on every batch of the next epoch. It also returns how long the
// training was paused.
func (l *Loop) steps(ctx context.Context, data *feed) (metrics.Epoch, time.Duration, error) {
	perEpoch, done := data.steps(), len(l.state.History)
	row := metrics.Epoch{Epoch: done + 1, Step: done * perEpoch}
	p, sum := pace{start: time.Now()}, 0.0
	for b := range data.epoch(ctx, row.Epoch) {
		if err := l.rest(ctx, &p); err != nil {
			return row, p.paused, err
		}
		row.LearningRate = l.Schedule.rate(row.Step, perEpoch, l.Epochs, l.state.History)
		loss, err := l.step(b, &row)
		if err != nil {
			return row, p.paused, err
		}
		sum += loss
		trained := row.Step - done*perEpoch
		row.TrainLoss = sum / float64(trained)
		row.ImagesPerSecond = float64(trained*l.Batch) / p.elapsed().Seconds()
		step := Step{row.Epoch, l.Epochs, row.Step, perEpoch * l.Epochs, loss, row.LearningRate, row.ImagesPerSecond, 0}
		step.Left = time.Duration(float64(p.elapsed())*float64(step.Steps-step.Step)/float64(trained)) +
			l.overhead*time.Duration(l.Epochs-done)
		for _, hook := range l.onStep {
			hook(step)
		}
	}
	return row, p.paused, ctx.Err()
}

// step trains on one batch and lets the average follow.
func (l *Loop) step(b batch, row *metrics.Epoch) (float64, error) {
	l.Backend.SetLearningRate(row.LearningRate)
	loss, err := l.Backend.Step(b.images, b.labels, b.weights)
	row.Step++
	if err != nil {
		return 0, fmt.Errorf("step %d of epoch %d: %w", row.Step, row.Epoch, err)
	}
	if !finite(loss) {
		return 0, fmt.Errorf("loss at step %d of epoch %d: %w", row.Step, row.Epoch, inspection.ErrNotFinite)
	}
	rate := l.Averaging.rate(l.state.Averaged, row.Epoch, l.Epochs)
	if rate == 0 {
		return loss, nil
	}
	weights, err := l.Backend.Weights()
	if err != nil {
		return 0, fmt.Errorf("average weights at step %d: %w", row.Step, err)
	}
	l.state.Average = follow(l.state.Average, weights, rate)
	l.state.Averaged++
	return loss, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
