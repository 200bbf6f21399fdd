package retrain

import (
	"context"

	"assay/station"
	"assay/ui/task"
)

// dataset is the data set in hand, which all steps work on.
type dataset struct {
	page *Page

	choice  station.DatasetChoice
	report  station.DatasetReport
	images  []station.SampleImage
	known   bool
	problem string // why the last import failed; the set before it stays in hand
	former  []formerSet

	done, total int // of the import that runs
	imports     task.Slot
	progress    *task.Latest[[2]int]
	changes     task.Slot
}

// formerSet is a set that a change of its samples replaced.
type formerSet struct {
	report station.DatasetReport
	images []station.SampleImage
}

func newDataset(p *Page) *dataset {
	d := &dataset{page: p}
	d.progress = task.NewLatest(p.host.Tasks, func(n [2]int) {
		if d.imports.Busy() {
			d.done, d.total = n[0], n[1]
			p.update()
		}
	})
	return d
}

// ready reports whether there is something to train on.
func (d *dataset) ready() bool { return d.known && d.report.Problem == "" && !d.imports.Busy() }

// source names the set in a training request.
func (d *dataset) source() station.DatasetChoice {
	if d.report.Snapshot == "" {
		return d.choice
	}
	return station.DatasetChoice{Kind: station.DatasetSnapshot, Snapshot: d.report.Snapshot}
}

// take reads a data set and divides it. The set in hand stays until the new one is there.
func (d *dataset) take(choice station.DatasetChoice, split station.SplitKind) {
	d.done, d.total, d.problem = 0, 0, ""
	task.RunIn(d.page.host.Tasks, &d.imports, func(ctx context.Context) (formerSet, error) {
		report, err := d.page.station.ImportDataset(ctx, choice, split, func(done, total int) { d.progress.Put([2]int{done, total}) })
		if err != nil {
			return formerSet{}, err
		}
		return d.list(ctx, report)
	}, func(s formerSet, err error) {
		if err != nil {
			d.problem = station.Explain(err)
		} else {
			d.choice, d.former = choice, nil
			d.put(s)
		}
		d.page.update()
	})
	d.page.update()
}

// list reads which images a snapshot holds. It runs off the UI goroutine.
func (d *dataset) list(ctx context.Context, report station.DatasetReport) (formerSet, error) {
	if report.Snapshot == "" {
		return formerSet{report: report}, nil
	}
	images, err := d.page.station.SampleImages(ctx, report.Snapshot)
	return formerSet{report: report, images: images}, err
}

func (d *dataset) put(s formerSet) {
	d.report, d.images, d.known = s.report, s.images, true
	d.page.samples.setChanged()
	d.page.augment.setChanged()
}

// stop cancels the import that runs; the set in hand stays.
func (d *dataset) stop() {
	d.imports.Stop()
	d.page.update()
}

// divide divides the set in hand anew.
func (d *dataset) divide(split station.SplitKind) {
	d.take(d.source(), split)
}

// change makes the next version of the set in hand.
func (d *dataset) change(title string, make func(snapshot string) (station.DatasetReport, error)) {
	before := formerSet{report: d.report, images: d.images}
	task.RunIn(d.page.host.Tasks, &d.changes, func(ctx context.Context) (formerSet, error) {
		report, err := make(before.report.Snapshot)
		if err != nil {
			return formerSet{}, err
		}
		return d.list(ctx, report)
	}, func(s formerSet, err error) {
		if err != nil {
			d.page.host.Error(title, err)
		} else {
			d.former = append(d.former, before)
			d.put(s)
			d.page.host.Notify("Kept as " + s.report.Snapshot + ". Undo goes back to " + before.report.Snapshot + ".")
		}
		d.page.update()
	})
	d.page.update()
}

// undo goes back to the version before the last change; the later version stays where it is kept.
func (d *dataset) undo() {
	if len(d.former) == 0 {
		return
	}
	last := d.former[len(d.former)-1]
	d.former = d.former[:len(d.former)-1]
	d.put(last)
	d.page.host.Notify("Back to " + last.report.Snapshot + ".")
	d.page.update()
}
