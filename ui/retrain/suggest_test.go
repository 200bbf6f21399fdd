package retrain

import (
	"strconv"
	"testing"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
	"assay/ui/widgets"

	"github.com/stretchr/testify/require"
)

// roundLine opens the page where a model for round parts judges.
func roundLine(t *testing.T, before func(p *Page)) (*Page, *uitest.Fixture) {
	t.Helper()
	f := uitest.NewFixture(t)
	f.Station.SetReport(small())
	m := uitest.Model("casting", 4)
	m.Card.Input = inspection.InputSpec{Channels: 1, Height: 128, Width: 128, Normalization: inspection.NormalizationDisc, Views: 8}
	f.Station.SetModels(uitest.Model("casting", 3), m)
	f.Station.Change(func(s *station.Status) { s.Model = m.Ref })
	p := New(f.Station, f.Host)
	t.Cleanup(p.Close)
	before(p)
	p.Shown()
	f.Until(t, "suggestion", func() bool { return !p.suggests.Busy() })
	return p, f
}

// TestTheModelThatJudgesSuggestsItsKindOfTraining: a round part's next model is
// found, centred and judged in the same views.
func TestTheModelThatJudgesSuggestsItsKindOfTraining(t *testing.T) {
	p, f := roundLine(t, func(*Page) {})
	p.Go(stepTrain)
	r, problem := p.train.form.request()
	require.Empty(t, problem)
	require.Equal(t, station.TrainingRequest{Dataset: r.Dataset, Name: "casting", Architecture: "custom", Part: r.Part, Split: r.Split, Seed: 1, Epochs: 60, InputSize: 128,
		Normalization: "disc", Variants: roundVariants, Views: 8, Averaging: true, KeepLast: true, Augmentations: r.Augmentations, Patience: r.Patience}, r)
	require.Equal(t, "round", p.augment.preset.Chosen())

	form := p.train.form
	form.epochs.SetText(strconv.Itoa(station.DefaultEpochs)) // all as it was
	form.size.SetSelected(byDefault)
	for _, c := range []*widgets.Check{form.round, form.views, form.average, form.last} {
		c.SetChecked(false)
	}
	require.True(t, form.untouched())
	p.Shown()
	f.Until(t, "nothing more", func() bool { return !p.suggests.Busy() })
	require.False(t, form.round.Checked, "it is said once")
}

// TestWhatAPersonHasSetIsLeftAlone where a suggestion would come.
func TestWhatAPersonHasSetIsLeftAlone(t *testing.T) {
	p, _ := roundLine(t, func(p *Page) { p.train.form.epochs.SetText("7") })
	require.Equal(t, "7", p.train.form.epochs.Text)
	require.False(t, p.train.form.round.Checked)
	require.Equal(t, "flips", p.augment.preset.Chosen())
}

func TestVariantsThatAPersonHasChosenStayWhereTheFormIsFilled(t *testing.T) {
	p, _ := roundLine(t, func(p *Page) { p.augment.usePreset("plant") })
	require.True(t, p.train.form.round.Checked)
	require.Equal(t, "plant", p.augment.preset.Chosen())
}

// TestEverySettingOfATrainingCounts as a person's where it is not as it was at first.
func TestEverySettingOfATrainingCounts(t *testing.T) {
	for name, change := range map[string]func(f *form){
		"epochs":   func(f *form) { f.epochs.SetText("7") },
		"size":     func(f *form) { f.size.SetSelected("64") },
		"schedule": func(f *form) { f.schedule.SetSelected(scheduleCosine) },
		"round":    func(f *form) { f.round.SetChecked(true) },
		"views":    func(f *form) { f.views.SetChecked(true) },
		"weights":  func(f *form) { f.weights.SetChecked(true) },
		"average":  func(f *form) { f.average.SetChecked(true) },
		"last":     func(f *form) { f.last.SetChecked(true) },
	} {
		p, _ := newPage(t)
		require.True(t, p.train.form.untouched())
		change(p.train.form)
		require.False(t, p.train.form.untouched(), name)
	}
}

func TestASuggestionTakesWhatTheModelHasAndTheFormKnows(t *testing.T) {
	p, _ := newPage(t)
	p.train.form.suggestRound(inspection.InputSpec{Width: 77, Height: 77, Views: 1})
	require.False(t, p.train.form.views.Checked)
	require.Equal(t, byDefault, p.train.form.size.Selected)
}
