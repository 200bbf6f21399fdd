package retrain

import (
	"context"
	"fmt"

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
	problem string     // why the last import failed; the set before it stays in hand
	undos   []revision // take back the changes of single pictures, the newest last

	done, total int // of the import that runs
	imports     task.Slot
	progress    *task.Latest[[2]int]
	changes     task.Slot
}

// contents are what a set holds.
type contents struct {
	report station.DatasetReport
	images []station.SampleImage
}

// revision has the station make the next version of a snapshot.
type revision func(snapshot string) (station.DatasetReport, error)

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

// share says how far the import is.
func (d *dataset) share() string {
	if d.total == 0 {
		return "reading"
	}
	return fmt.Sprintf("%d %%", 100*d.done/d.total)
}

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
	task.RunIn(d.page.host.Tasks, &d.imports, func(ctx context.Context) (contents, error) {
		report, err := d.page.station.ImportDataset(ctx, choice, split, func(done, total int) { d.progress.Put([2]int{done, total}) })
		if err != nil {
			return contents{}, err
		}
		return d.list(ctx, report)
	}, func(c contents, err error) {
		if err != nil {
			d.problem = station.Explain(err)
		} else {
			d.choice, d.undos = choice, nil
			d.put(c)
		}
		d.page.update()
	})
	d.page.update()
}

// list reads which images a snapshot holds. It runs off the UI goroutine.
func (d *dataset) list(ctx context.Context, report station.DatasetReport) (contents, error) {
	if report.Snapshot == "" {
		return contents{report: report}, nil
	}
	images, err := d.page.station.SampleImages(ctx, report.Snapshot)
	return contents{report: report, images: images}, err
}

func (d *dataset) put(c contents) {
	d.report, d.images, d.known = c.report, c.images, true
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

// change makes the next version of the set in hand; back takes that back.
func (d *dataset) change(title string, do, back revision) {
	d.revise(title, do, func() {
		d.undos = append(d.undos, back)
		d.page.host.Notify("Kept as " + d.report.Snapshot + ". Undo takes it back.")
	})
}

// undo takes the last change back. That makes a version too, so that what is made of the set later has it.
func (d *dataset) undo() {
	last := len(d.undos) - 1
	if last < 0 {
		return
	}
	d.revise("The change was not taken back", d.undos[last], func() {
		d.undos = d.undos[:last]
		d.page.host.Notify("Taken back, and kept as " + d.report.Snapshot + ".")
	})
}

// revise puts the next version in hand.
func (d *dataset) revise(title string, do revision, done func()) {
	snapshot := d.report.Snapshot
	task.RunIn(d.page.host.Tasks, &d.changes, func(ctx context.Context) (contents, error) {
		report, err := do(snapshot)
		if err != nil {
			return contents{}, err
		}
		return d.list(ctx, report)
	}, func(c contents, err error) {
		if err != nil {
			d.page.host.Error(title, err)
		} else {
			d.put(c)
			done()
		}
		d.page.update()
	})
	d.page.update()
}
