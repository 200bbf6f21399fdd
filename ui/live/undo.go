package live

import (
	"context"
	"slices"

	"assay/inspection"
	"assay/ui/task"
	"assay/ui/widgets"
)

// mostUndos is how many decisions can be taken back, the newest first.
const mostUndos = 30

// undone begins the reason of a decision that undoes another one.
const undone = "taken back: "

// undo is a decision of the operator that can be taken back.
type undo struct {
	record  inspection.Record // as it was before
	verdict inspection.Verdict
	by      string
}

// remember keeps a decision to take back; one that changes nothing is part of the decision before it.
func (p *Page) remember(before inspection.Record, v inspection.Verdict, by string) {
	if before.Operator != nil && before.Operator.Verdict == v {
		return
	}
	p.undos = append(p.undos, undo{before, v, by})
	p.undos = p.undos[max(0, len(p.undos)-mostUndos):]
	p.showUndo()
}

// showUndo enables the button. What another operator decided is not taken back.
func (p *Page) showUndo() {
	p.undos = slices.DeleteFunc(p.undos, func(u undo) bool { return u.by != p.status.Operator })
	widgets.SetEnabled(p.back, len(p.undos) > 0 && !p.undoing.Busy())
}

// Undo takes the operator's last decision back. The log keeps both, as it keeps everything: a decision that replaced
// another one of the operator's gives way to that, and after any other the part is open again.
func (p *Page) Undo() {
	last := len(p.undos) - 1
	if last < 0 || p.undoing.Busy() {
		return
	}
	u := p.undos[last]
	p.undos = p.undos[:last] // at once: what is decided meanwhile comes after it
	verdict, reason := inspection.Review, undone+widgets.Word(u.verdict)
	if u.record.Operator != nil {
		verdict = u.record.Operator.Verdict
	}
	task.RunIn(p.host.Tasks, &p.undoing, func(ctx context.Context) (inspection.Record, error) {
		if err := p.station.Review(ctx, u.record.ID, inspection.Operator, verdict, u.by, reason); err != nil {
			return u.record, err
		}
		return p.station.Record(u.record.ID)
	}, func(after inspection.Record, err error) {
		if err != nil {
			p.host.Error("The decision was not taken back", err)
			p.undos = slices.Insert(p.undos, min(last, len(p.undos)), u)
		} else {
			p.takenBack(u, after)
		}
		p.showUndo()
	})
	p.showUndo()
}

// takenBack shows the part as it is after an undo, where it is still among the last ones.
func (p *Page) takenBack(u undo, after inspection.Record) {
	shown := slices.ContainsFunc(p.status.Recent, func(r inspection.Record) bool { return r.ID == after.ID })
	if shown {
		p.pinned = after.ID
		p.replace(after)
	}
	p.host.Notify("Taken back: " + widgets.Word(u.verdict) + ", " + partName(after) + stands(after, shown))
}

// stands says what is after an undo.
func stands(after inspection.Record, shown bool) string {
	switch {
	case after.Supervisor != nil:
		return ". The supervisor's " + widgets.Word(after.Supervisor.Verdict) + " stands."
	case !open(after):
		return ". " + widgets.Word(after.Operator.Verdict) + " stands again."
	case !shown:
		return ". The part is open again; find it on the Log page."
	}
	return ". The part is open again: P passes it, F fails it."
}

// forPerson reports whether the verdict is a person's to give, whether or not it is given: the machine's is review, or
// the part is open.
func forPerson(r inspection.Record) bool { return r.Machine.Verdict == inspection.Review || open(r) }

// open reports whether the part waits for a person's verdict: the machine left it open, or its operator took one back.
func open(r inspection.Record) bool {
	if r.Operator != nil {
		return r.Operator.Verdict == inspection.Review
	}
	return r.Machine.Verdict == inspection.Review
}
