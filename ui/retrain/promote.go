package retrain

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// promote is the sixth step: which model judges from now on.
type promote struct {
	page *Page
	root fyne.CanvasObject

	model          *widgets.Select
	from, to       *widgets.Text
	limits         *widgets.Text
	by, reason     *widgets.Entry
	act, bring     *widgets.Button
	missing        *notice
	doubt          *notice // what speaks against it
	history        *history
	shadow         *shadow
	known          []station.ModelInfo // as the registry lists them
	standing       station.Standing
	models         map[string]station.ModelInfo // by label
	labels         []string
	candidate      string // the digest that was offered last
	promoted       string // the digest of the model promoted last
	lists, changes task.Slot
}

func newPromote(p *Page) *promote {
	r := &promote{page: p, models: make(map[string]station.ModelInfo), missing: newNotice(p), doubt: newNotice(p)}
	r.model = widgets.NewSelect("Choose a model", func(string) { p.update() })
	bold := func() *widgets.Text {
		return widgets.NewText("–", base.ColorNameForeground, base.SizeNameSubHeadingText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	}
	r.from, r.to = bold(), bold()
	r.limits = widgets.NewText("", theme.ColorMuted, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignLeading)
	r.by, r.reason = widgets.NewEntry("your name", nil), widgets.NewEntry("what makes it better", nil)
	r.by.Set(p.host.Preferences.String(preferenceEngineer), nil)
	r.by.OnChanged, r.reason.OnChanged = func(string) { r.page.update() }, func(string) { r.page.update() }
	r.reason.OnSubmitted = func(string) { press(r.act) }
	r.act = widgets.NewButton("Promote  (M)", r.ask)
	r.act.Importance = widget.HighImportance
	r.bring = widgets.NewButton("Import model …  (I)", func() { p.host.PickFile(r.Import) })
	r.history, r.shadow = newHistory(r), newShadow(r)
	change := container.New(columns{0.5, 0.5}, widgets.Field("Judges now", r.from), widgets.Field("Judges then", r.to))
	form := container.NewVBox(
		container.NewBorder(nil, nil, widgets.NewHeading("Which model judges"), r.bring),
		widgets.Field("Model", widgets.Outlined(r.model)), change, r.limits,
		container.New(columns{0.4, 0.6}, widgets.Field("Promoted by", r.by), widgets.Field("Reason", r.reason)),
		widgets.MinSize(0, 48, r.act), r.missing.row, r.doubt.row, widget.NewSeparator()) // the words below: the button stays where it is aimed at
	left := container.NewBorder(form, nil, nil, nil, r.history.root)
	r.root = widgets.NewRatio(0.5, widgets.NewPanel(left), widgets.NewPanel(r.shadow.root))
	return r
}

func (r *promote) content() fyne.CanvasObject { return r.root }

func (r *promote) show() {
	r.reload()
	r.history.reload()
}

func (r *promote) state() (widgets.StepState, string) {
	candidate := r.page.status.Candidate
	switch {
	case candidate != nil && r.inUse(*candidate):
		return widgets.StepDone, modelName(candidate.Ref) + " judges"
	case candidate != nil && r.page.status.State == station.TrainingDone:
		return widgets.StepReady, modelName(candidate.Ref)
	case r.page.shadow.Model.Name != "":
		return widgets.StepRunning, "shadow"
	}
	return widgets.StepToDo, "needs a model"
}

func (r *promote) hint() string {
	candidate := r.page.status.Candidate
	switch {
	case candidate != nil && r.inUse(*candidate):
		return "The new model judges. The former one is kept: roll back with one click if the line disagrees."
	case candidate != nil:
		return "Say why, and promote the new model; or let it run as a shadow first and see where it disagrees."
	}
	return "Train a model in step 4, import one, or choose one that is kept here."
}

// target returns the model chosen.
func (r *promote) target() (station.ModelInfo, bool) {
	m, ok := r.models[r.model.Selected]
	return m, ok
}

func (r *promote) update() {
	r.label()
	r.suggest()
	target, ok := r.target()
	r.from.SetText(modelName(r.judges()))
	r.to.SetText("–")
	words := "Promote  (M)"
	if ok {
		r.to.SetText(modelName(target.Ref))
	}
	if r.waits(target) {
		words = "Let the line judge with " + modelName(target.Ref) + "  (M)"
	}
	r.limits.SetText(r.limitWords(target, ok))
	missing := r.missingWords(target, ok)
	r.missing.set(widgets.StepReady, missing)
	r.doubt.set(widgets.StepReady, strings.TrimSpace(r.strayWords()+r.doubtWords(target)))
	r.page.rename(r.act, words, widget.HighImportance, missing == "" && !r.changes.Busy())
	widgets.SetEnabled(r.bring, !r.changes.Busy())
	r.history.update()
	r.shadow.update()
}

// doubtWords says what speaks against promoting the new model, "" where nothing that was measured does.
func (r *promote) doubtWords(target station.ModelInfo) (text string) {
	s := r.page.status
	if s.Candidate == nil || s.Candidate.Ref != target.Ref || r.promoted == target.Ref.SHA256 {
		return ""
	}
	if c := s.Comparison; c != nil && c.Current != nil && c.CandidateRight < c.CurrentRight {
		text = fmt.Sprintf("On the same pictures %s was right more often: %s of %s, this one %s. ", modelName(c.Current.Ref),
			count(c.CurrentRight), count(c.N), count(c.CandidateRight))
	}
	if n := len(s.Curve); n > 1 && s.Curve[n-1].ErrorsOld > s.Curve[0].ErrorsOld {
		text += forgotten(s.Curve[0], s.Curve[n-1])
	}
	return strings.TrimSpace(text)
}

// suggest chooses a new candidate once.
func (r *promote) suggest() {
	selected := r.model.Selected
	if c := r.page.status.Candidate; c != nil && c.Ref.SHA256 != r.candidate {
		for label, m := range r.models {
			if m.Ref.Name == c.Ref.Name && m.Ref.Version == c.Ref.Version {
				r.candidate, selected = c.Ref.SHA256, label
			}
		}
		if r.candidate != c.Ref.SHA256 && r.page.visible && r.page.at == stepPromote && !r.lists.Busy() {
			r.candidate = c.Ref.SHA256 // is not asked for again where it is not listed
			r.reload()
		}
	}
	if _, ok := r.models[selected]; !ok {
		selected = r.sameModel(selected)
	}
	r.model.Set(r.labels, selected)
}

// thresholds returns those to promote with: those set in step 5 for the candidate, nil for the model's own.
func (r *promote) thresholds(m station.ModelInfo) *inspection.Thresholds {
	c := r.page.status.Candidate
	if c == nil || c.Ref.Name != m.Ref.Name || c.Ref.Version != m.Ref.Version {
		return nil
	}
	return r.page.compare.thresholds.forPromotion()
}

func (r *promote) limitWords(m station.ModelInfo, ok bool) string {
	if !ok {
		return "Its thresholds are shown here."
	}
	if t := r.thresholds(m); t != nil {
		return fmt.Sprintf("Pass below %.2f, fail from %.2f, as set in step 5", t.Pass, t.Fail)
	}
	return fmt.Sprintf("Pass below %.2f, fail from %.2f, as the model says", m.Card.Thresholds.Pass, m.Card.Thresholds.Fail)
}

func (r *promote) missingWords(m station.ModelInfo, ok bool) string {
	switch {
	case !ok:
		return "Choose a model."
	case r.waits(m):
		return "" // who promoted it has said why
	case m.Ref == r.standing.Chosen && r.thresholds(m) == nil:
		return "This model judges already."
	case strings.TrimSpace(r.by.Text) == "" && strings.TrimSpace(r.reason.Text) == "":
		return "Say who promotes it, and why."
	case strings.TrimSpace(r.by.Text) == "":
		return "Say who promotes it."
	case strings.TrimSpace(r.reason.Text) == "":
		return "Say why: the reason is kept with the promotion."
	}
	return ""
}

func (r *promote) ask() {
	m, ok := r.target()
	if !ok {
		return
	}
	if r.waits(m) {
		r.useChosen(m)
		return
	}
	by, reason := strings.TrimSpace(r.by.Text), strings.TrimSpace(r.reason.Text)
	r.page.host.Preferences.SetString(preferenceEngineer, by)
	r.save(m, r.thresholds(m), by, reason)
}

func (r *promote) save(m station.ModelInfo, limits *inspection.Thresholds, by, reason string) {
	before := "the former one"
	if r.standing.Chosen.Name != "" {
		before = modelName(r.standing.Chosen)
	}
	task.RunIn(r.page.host.Tasks, &r.changes, func(context.Context) (struct{}, error) {
		return struct{}{}, r.page.station.Promote(m.Ref.Name, m.Ref.Version, limits, by, reason)
	}, func(_ struct{}, err error) {
		if err != nil {
			r.page.host.Error("The model was not promoted", err)
		} else {
			r.promoted, r.standing = m.Ref.SHA256, station.Standing{Chosen: m.Ref} // the rest is read anew
			r.reason.SetText("")
			r.page.host.Notify(fmt.Sprintf("%s is promoted and judges from the next part on. Roll back brings %s back.", modelName(m.Ref), before))
		}
		r.show()
		r.page.update()
	})
	r.page.update()
}

// Import checks and registers a model file from outside.
func (r *promote) Import(file string) {
	task.RunIn(r.page.host.Tasks, &r.changes, func(ctx context.Context) (station.ModelInfo, error) {
		return r.page.station.ImportModel(ctx, file)
	}, func(m station.ModelInfo, err error) {
		if err != nil {
			r.page.host.Error("The model was not imported", err)
		} else {
			r.page.host.Notify("Imported as " + modelName(m.Ref) + ". It can be promoted here, or chosen on the Inspect page.")
		}
		r.reload()
		r.page.update()
	})
	r.page.host.Notify("Checking " + file + " …")
	r.page.update()
}

func (r *promote) typedKey(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyM:
		press(r.act)
	case fyne.KeyI:
		press(r.bring)
	case fyne.KeyB:
		press(r.history.back)
	case fyne.KeyH:
		press(r.shadow.toggle)
	default:
		return false
	}
	return true
}
