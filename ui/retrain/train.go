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

// train is the fourth step: how a model learns, and how it does.
type train struct {
	page *Page
	root fyne.CanvasObject

	form     *form
	start    *widgets.Button
	missing  *notice
	starts   task.Slot
	progress *progress

	pause, stop, abandon *widgets.Button
	offer                *offer
	last                 station.TrainingState // how the training was at the last update
}

func newTrain(p *Page) *train {
	t := &train{page: p, form: newForm(p)}
	t.start = widgets.NewButton("Start training  (T)", t.Start)
	t.start.Importance = widget.HighImportance
	t.missing = newNotice(p)
	t.pause = widgets.NewButton("", t.togglePause)
	t.stop = widgets.NewButton("Stop, keep the best  (S)", func() { p.station.StopTraining() })
	t.abandon = widgets.NewButton("Cancel …  (X)", t.askAbandon)
	t.offer = newOffer(p)
	t.progress = newProgress(p, container.NewHBox(t.abandon, t.stop, t.pause))
	t.root = widgets.NewRatio(0.36, widgets.NewPanel(t.settings()), widgets.NewPanel(container.NewBorder(t.offer.row, nil, nil, nil, t.progress.root)))
	return t
}

func (t *train) settings() fyne.CanvasObject {
	return container.NewBorder(nil, container.NewVBox(t.missing.row, widgets.MinSize(0, 50, t.start)), nil, nil, t.form.root)
}

func (t *train) content() fyne.CanvasObject { return t.root }

func (t *train) show() {
	t.form.show()
	t.offer.look()
}

func (t *train) state() (widgets.StepState, string) {
	s := t.page.status
	switch {
	case s.State == station.TrainingPaused:
		return widgets.StepRunning, "paused"
	case t.page.Training() && s.Candidate == nil:
		return widgets.StepRunning, epochNote(s)
	case s.Candidate != nil:
		return widgets.StepDone, modelName(s.Candidate.Ref)
	case s.State == station.TrainingFailed:
		return widgets.StepProblem, "failed"
	case !t.page.set.ready():
		return widgets.StepToDo, "needs samples"
	}
	return widgets.StepReady, "start"
}

func epochNote(s station.TrainingStatus) string {
	if s.Request.Adapt && len(s.Curve) > 0 {
		return fmt.Sprintf("training %d of %d", min(len(s.Curve), len(s.Request.Samples)), len(s.Request.Samples))
	}
	if s.Total == 0 || len(s.Epochs) == 0 {
		return "starting"
	}
	return fmt.Sprintf("%d of %d epochs", lastEpoch(s.Epochs), s.Total)
}

// lastEpoch returns the number of the epoch that ended last, 0 for none. The curve of a training that was gone on with
// may begin later than with the first.
func lastEpoch(points []station.EpochPoint) int {
	if len(points) == 0 {
		return 0
	}
	return points[len(points)-1].Epoch
}

func (t *train) hint() string {
	s := t.page.status
	switch {
	case s.State == station.TrainingPaused:
		return "The training waits. Go on with it, or stop it and keep its " + s.Request.Keeps() + " epoch."
	case t.page.Training() && s.Request.Adapt:
		return "The adaptation runs beside the line, which goes on. Stop it early and what it has learnt last is kept."
	case t.page.Training():
		return "The training runs beside the line, which goes on. Stop it early and its " + s.Request.Keeps() + " epoch is kept."
	case s.State == station.TrainingFailed && t.offer.known:
		return "The training failed; the current model goes on judging. Go on with it from its last epoch, or start another one."
	case s.State == station.TrainingFailed:
		return "The training failed; the current model goes on judging. Change what is said above and start again."
	case s.Candidate != nil && s.Comparison == nil && !t.page.Training():
		return s.Message
	case s.Candidate != nil:
		return "The new model is there. Go on and compare it with the current one."
	case !t.page.set.ready():
		return "First choose samples: step 1."
	}
	if t.form.adapting() {
		return "Everything is set: start the adaptation. The current model goes on judging meanwhile."
	}
	return "Everything is set: start the training. The current model goes on judging meanwhile."
}

func (t *train) update() {
	s, running := t.page.status, t.page.Training()
	t.form.update(!running)
	action := "Start training  (T)"
	if t.form.adapting() {
		action = "Start adapting  (T)"
	}
	t.start.Change(action, widget.HighImportance, !running && t.page.set.ready() && !t.starts.Busy())
	missing := ""
	if !t.page.set.ready() && !running {
		missing = "There is nothing to train on yet: choose samples in step 1."
	}
	t.missing.set(widgets.StepReady, missing)
	learning := running && s.Candidate == nil
	words := "Pause  (P)"
	if s.State == station.TrainingPaused {
		words = "Go on  (P)"
	}
	t.page.rename(t.pause, words, widget.MediumImportance, learning && s.State != station.TrainingStopping)
	t.stop.Change("Stop, keep the "+s.Request.Keeps()+"  (S)", widget.MediumImportance, running && s.State != station.TrainingStopping)
	widgets.SetEnabled(t.abandon, running)
	t.offer.update()
	t.progress.apply(s, t.form.adapting())
	ended := t.last != "" && t.last != s.State && !running
	t.last = s.State
	if ended { // perhaps with something to go on from
		t.offer.look()
	}
}

func (t *train) togglePause() {
	if t.page.status.State == station.TrainingPaused {
		t.page.station.ContinueTraining()
		return
	}
	t.page.station.PauseTraining()
}

// Start begins the training, and asks first where an interrupted one of its name would be lost by that.
func (t *train) Start() {
	r, problem := t.form.request()
	if problem != "" {
		t.page.host.Message("The training cannot start", problem)
		return
	}
	if r.Adapt { // it leaves an interrupted training alone
		t.begin(r)
		return
	}
	type found struct {
		epochs int
		kept   bool
	}
	task.RunIn(t.page.host.Tasks, &t.starts, func(context.Context) (found, error) {
		epochs, kept := t.page.station.KeptEpochs(r.Name)
		return found{epochs, kept}, nil
	}, func(f found, _ error) {
		if f.kept {
			t.replace(r, f.epochs)
		} else {
			t.begin(r)
		}
		t.page.update()
	})
	t.page.update()
}

// replace asks whether a training is to take the place of the interrupted one of its name.
func (t *train) replace(r station.TrainingRequest, epochs int) {
	t.page.host.Confirm("Give up the interrupted training?", fmt.Sprintf("An interrupted training of %s is kept, after %s. It is lost as soon as the new one has ended its first epoch. "+
		"To keep it, go on with it instead, or give the new model another name.", r.Name, many(epochs, "epoch", "epochs")),
		"Start the new training", func() { t.begin(r) })
}

func (t *train) begin(r station.TrainingRequest) {
	t.page.augment.touched = true
	task.RunIn(t.page.host.Tasks, &t.starts, func(context.Context) (struct{}, error) {
		return struct{}{}, t.page.station.StartTraining(r)
	}, func(_ struct{}, err error) {
		if err != nil {
			t.page.host.Error("The training cannot start", err)
		} else {
			t.page.host.Notify(started(r) + " Inspection goes on meanwhile.")
		}
		t.page.update()
	})
	t.page.update()
}

func started(r station.TrainingRequest) string {
	if r.Adapt {
		return fmt.Sprintf("Adapting %s in %s.", r.Name, many(len(r.Samples), "training", "trainings"))
	}
	return fmt.Sprintf("Training %s, %d epochs.", r.Name, r.Epochs)
}

func (t *train) askAbandon() {
	t.page.host.Confirm("Cancel the training?", "Nothing of it is kept. To keep what it has learnt so far, stop it instead.",
		"Cancel the training", t.page.station.CancelTraining)
}

func (t *train) typedKey(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyT, fyne.KeyF5:
		press(t.start)
	case fyne.KeyP:
		press(t.pause)
	case fyne.KeyG:
		press(t.offer.resume)
	default:
		return false
	}
	return true
}
