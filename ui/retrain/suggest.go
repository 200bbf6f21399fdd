package retrain

import (
	"context"
	"slices"
	"strconv"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
)

// roundEpochs is what a network takes to learn the variants of a round part.
const roundEpochs = 60

// suggest proposes the input that the model which judges has, and what was found to serve it, for the next model of a
// line is mostly of the same kind. It does so once, and leaves alone what a person has changed.
func (p *Page) suggest() {
	if p.suggested {
		return
	}
	p.suggested = true
	judging := p.station.Snapshot().Model
	task.RunIn(p.host.Tasks, &p.suggests, func(context.Context) (inspection.InputSpec, error) {
		models, err := p.station.Models()
		at := slices.IndexFunc(models, func(m station.ModelInfo) bool { return m.Ref == judging })
		if at < 0 {
			return inspection.InputSpec{}, err
		}
		return models[at].Card.Input, nil
	}, func(input inspection.InputSpec, _ error) { // without models there is nothing to propose
		if input.Normalization == inspection.NormalizationDisc && p.train.form.untouched() {
			p.train.form.suggestRound(input)
			if !p.augment.touched {
				p.augment.usePresetNames("round")
			}
		}
		p.update()
	})
}

// untouched reports whether the settings of a training anew are as they were at first.
func (f *form) untouched() bool {
	return f.epochs.Text == strconv.Itoa(station.DefaultEpochs) && f.size.Selected == byDefault && f.schedule.Selected == byDefault &&
		!f.round.Checked && !f.views.Checked && !f.weights.Checked && !f.average.Checked && !f.last.Checked
}

func (f *form) suggestRound(input inspection.InputSpec) {
	f.epochs.SetText(strconv.Itoa(roundEpochs))
	if size := strconv.Itoa(input.Width); slices.Contains(f.size.Options, size) {
		f.size.SetSelected(size)
	}
	f.round.SetChecked(true)
	f.views.SetChecked(input.Views > 1)
	f.average.SetChecked(true)
	f.last.SetChecked(true)
}
