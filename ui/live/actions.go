package live

import (
	"context"

	"fyne.io/fyne/v2"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
	"assay/ui/widgets"
)

// TypedKey acts on a key that no focused widget uses, and reports whether it did.
func (p *Page) TypedKey(event *fyne.KeyEvent) bool {
	switch event.Name {
	case fyne.KeySpace, fyne.KeyF5:
		p.Inspect()
	case fyne.KeyH:
		p.ToggleHeatmap()
	case fyne.KeyReturn, fyne.KeyEnter:
		p.Confirm()
	case fyne.KeyO:
		p.Overrule()
	case fyne.KeyP:
		p.decideReview(inspection.Pass)
	case fyne.KeyF:
		p.decideReview(inspection.Fail)
	case fyne.KeyLeft:
		p.Walk(-1)
	case fyne.KeyRight:
		p.Walk(1)
	case fyne.KeyEscape:
		p.Follow()
	default:
		return false
	}
	return true
}

// Inspect judges the newest frame.
func (p *Page) Inspect() {
	p.pinned = ""
	if p.inspect.Disabled() {
		p.host.Notify("There is no picture to inspect. Choose a source first.")
		return
	}
	task.Run(p.host.Tasks, func(context.Context) (struct{}, error) { return struct{}{}, p.station.Inspect() },
		func(_ struct{}, err error) {
			if err != nil {
				p.host.Notify("Not inspected. " + station.Explain(err))
			}
		})
}

// Confirm agrees with the machine on the part in hand; one that is open is not decided.
func (p *Page) Confirm() {
	r, _ := p.current()
	switch {
	case r.ID == "":
	case r.Machine.Verdict == inspection.Review:
		p.host.Notify("The machine is not sure of this part. Decide: P passes it, F fails it.")
	case open(r):
		p.host.Notify("The verdict on this part was taken back. Decide: P passes it, F fails it.")
	default:
		p.review(r, r.Machine.Verdict, "")
	}
}

// decideReview decides on a part that the machine left open, or whose verdict was taken back.
func (p *Page) decideReview(v inspection.Verdict) {
	if r, _ := p.current(); r.ID != "" && forPerson(r) {
		p.review(r, v, "")
	}
}

// first and second are what the two buttons do: they decide on a part for a person, and confirm or overrule any other.
func (p *Page) first()  { p.decideOr(inspection.Pass, p.Confirm) }
func (p *Page) second() { p.decideOr(inspection.Fail, p.Overrule) }

func (p *Page) decideOr(v inspection.Verdict, other func()) {
	if r, _ := p.current(); forPerson(r) {
		p.decideReview(v)
		return
	}
	other()
}

// Overrule asks for the right verdict of the part in hand.
func (p *Page) Overrule() {
	r, _ := p.current()
	if r.ID == "" || !p.named() {
		return
	}
	opposite := inspection.Pass
	if r.Machine.Verdict == inspection.Pass {
		opposite = inspection.Fail
	}
	form := widgets.NewDecision(opposite, "what the machine got wrong (may be left empty)")
	done := p.host.Form("Overrule the machine: "+widgets.Word(r.Machine.Verdict), form, "Save  (Enter)", func() bool {
		p.review(r, form.Verdict(), form.Reason.Text)
		return true
	}, form.Keys())
	form.Reason.OnSubmitted = func(string) {
		done()
		p.review(r, form.Verdict(), form.Reason.Text)
	}
}

// named reports whether an operator is named, and asks for the name otherwise.
func (p *Page) named() bool {
	if p.status.Operator != "" {
		return true
	}
	p.host.Notify("Enter the operator's name first: a decision is kept with who made it.")
	p.host.Window.Canvas().Focus(p.header.operator)
	return false
}

// change is a part before and after a decision.
type change struct{ before, after inspection.Record }

func (p *Page) review(r inspection.Record, v inspection.Verdict, reason string) {
	if !p.named() {
		return
	}
	by := p.status.Operator
	task.Run(p.host.Tasks, func(ctx context.Context) (change, error) {
		before, err := p.station.Record(r.ID) // a decision before this one may be under way
		if err == nil {
			err = p.station.Review(ctx, r.ID, inspection.Operator, v, by, reason)
		}
		if err != nil {
			return change{}, err
		}
		after, err := p.station.Record(r.ID)
		return change{before, after}, err
	}, func(c change, err error) {
		if err != nil {
			p.host.Error("The decision was not saved", err)
			return
		}
		after := c.after
		p.remember(c.before, v, by)
		p.replace(after)
		p.host.Notify("Saved: " + widgets.Word(v) + " by " + by + ", " + partName(r))
	})
}

// replace puts a changed record in place of the one that is shown.
func (p *Page) replace(after inspection.Record) {
	for i := range p.status.Recent {
		if p.status.Recent[i].ID != after.ID {
			continue
		}
		recent := append([]inspection.Record(nil), p.status.Recent...)
		recent[i] = after
		p.status.Recent = recent
	}
	if p.newest.ID == after.ID {
		p.newest = after
	}
	p.showPart()
}
