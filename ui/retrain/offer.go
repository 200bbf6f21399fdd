package retrain

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"assay/station"
	"assay/ui/task"
	"assay/ui/widgets"
)

// offer says that a training was interrupted, and goes on with it.
type offer struct {
	page   *Page
	row    fyne.CanvasObject
	words  *notice
	resume *widgets.Button
	known  bool // there is one to go on with
	looks  task.Slot
	starts task.Slot
}

func newOffer(p *Page) *offer {
	o := &offer{page: p}
	o.words = newNotice(p)
	o.resume = widgets.NewButton("Go on with it  (G)", o.start)
	o.row = container.NewVBox(container.NewBorder(nil, nil, nil, container.NewCenter(o.resume), o.words.row), widget.NewSeparator())
	o.row.Hide()
	return o
}

// look asks whether a training was interrupted.
func (o *offer) look() {
	type found struct {
		request station.TrainingRequest
		ok      bool
	}
	task.RunIn(o.page.host.Tasks, &o.looks, func(context.Context) (found, error) {
		r, ok := o.page.station.InterruptedTraining()
		return found{r, ok}, nil
	}, func(f found, _ error) {
		o.known = f.ok
		o.words.set(widgets.StepReady, fmt.Sprintf("A training of %s was interrupted. Nothing up to its last whole epoch is lost.", f.request.Name))
		o.page.update()
	})
}

func (o *offer) update() {
	o.page.hide(o.row, !o.known || o.page.Training())
	widgets.SetEnabled(o.resume, o.known && !o.page.Training() && !o.starts.Busy())
}

func (o *offer) start() {
	task.RunIn(o.page.host.Tasks, &o.starts, func(context.Context) (struct{}, error) { return struct{}{}, o.page.station.ResumeTraining() },
		func(_ struct{}, err error) {
			o.known = err != nil
			o.page.host.Error("The training cannot go on", err)
			o.page.update()
		})
	o.page.update()
}
