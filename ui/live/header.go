package live

import (
	"context"
	"fmt"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
	"assay/ui/theme"
	"assay/ui/widgets"
)

// Entries of the source list that open a dialog.
const (
	pickFolder = "Folder of pictures …"
	pickVideo  = "Video file …"
)

// header holds what is chosen: recipe, model, engine, source, lot and operator.
type header struct {
	page *Page
	row  fyne.CanvasObject

	recipe, model, engine, source *widgets.Select
	sourceState                   *widgets.Text
	lot, operator                 *widgets.Entry

	models   map[string]inspection.ModelRef
	labels   []string // of the models, in their order
	specs    map[string]string
	sources  []string
	reloads  task.Slot
	switches task.Slot
	shown    station.Status
}

func newHeader(p *Page) *header {
	h := &header{page: p}
	h.recipe = widgets.NewSelect("Choose a recipe", h.pickRecipe)
	h.model = widgets.NewSelect("Choose a model", h.pickModel)
	h.engine = widgets.NewSelect("Engine", h.pickEngine)
	h.source = widgets.NewSelect("Choose a source", h.pickSource)
	h.sourceState = widgets.NewCaption("Source")
	h.sourceState.Fixed = false
	h.lot = widgets.NewEntry("none", p.station.SetLot)
	h.operator = widgets.NewEntry("name", p.station.SetOperator)
	h.row = widgets.NewWeighted([]float32{4, 3, 2, 5, 2, 2},
		widgets.Field("Recipe", h.recipe), widgets.Field("Model", h.model), widgets.Field("Engine", h.engine),
		container.NewBorder(h.sourceState, nil, nil, nil, h.source),
		widgets.Field("Lot", h.lot), widgets.Field("Operator", h.operator))
	return h
}

func (h *header) apply(s station.Status) {
	h.shown = s
	h.recipe.Set(h.recipeNames(), s.Recipe.Name)
	h.engine.Set(h.page.station.Engines(), s.Engine)
	h.model.Set(h.labels, modelLabel(s.Model))
	h.source.Set(h.sources, h.sourceLabel(s))
	text, color := stateCaption(s)
	h.sourceState.SetText(text)
	h.sourceState.SetColor(color)
	canvas := h.page.host.Window.Canvas()
	h.lot.Set(s.Lot, canvas)
	h.operator.Set(s.Operator, canvas)
}

func (h *header) recipeNames() []string {
	var names []string
	for _, r := range h.page.station.Recipes() {
		names = append(names, r.Name)
	}
	return names
}

func (h *header) sourceLabel(s station.Status) string {
	for _, label := range h.sources {
		if h.specs[label] == s.Source && s.Source != "" {
			return label
		}
	}
	if s.SourceLabel != "" {
		return s.SourceLabel
	}
	return s.Source
}

func stateCaption(s station.Status) (string, fyne.ThemeColorName) {
	switch s.SourceState {
	case station.SourceLive:
		return fmt.Sprintf("Source: live, %.0f frames/s", s.FrameRate), theme.ColorMuted
	case station.SourceOpening:
		return "Source: opening …", theme.ColorMuted
	case station.SourceLost:
		return "Source: LOST since " + s.SourceSince.Local().Format("15:04:05"), theme.ColorFail
	case station.SourceFailed:
		return "Source: CANNOT BE OPENED", theme.ColorFail
	case station.SourceEnded:
		return "Source: ended", theme.ColorReview
	}
	return "Source", theme.ColorMuted
}

func modelLabel(ref inspection.ModelRef) string {
	if ref.Name == "" {
		return ""
	}
	return fmt.Sprintf("%s %d", ref.Name, ref.Version)
}

type choices struct {
	models  []station.ModelInfo
	sources []station.SourceChoice
}

// reload fetches the lists of models and sources, which take file and device calls.
func (h *header) reload() {
	work := func(context.Context) (choices, error) {
		models, err := h.page.station.Models()
		return choices{models, h.page.station.Sources()}, err
	}
	task.RunIn(h.page.host.Tasks, &h.reloads, work, func(c choices, err error) {
		if err != nil {
			h.page.host.Notify("The models cannot be listed. " + station.Explain(err))
		}
		h.set(c)
	})
}

func (h *header) set(c choices) {
	h.models, h.labels = make(map[string]inspection.ModelRef), nil
	for _, m := range c.models {
		label := modelLabel(m.Ref)
		h.models[label] = m.Ref
		h.labels = append(h.labels, label)
	}
	h.specs, h.sources = make(map[string]string), nil
	for _, s := range c.sources {
		label := s.Label
		if _, taken := h.specs[label]; taken || label == "" {
			label = strings.TrimSpace(s.Label + " (" + s.Spec + ")")
		}
		h.specs[label] = s.Spec
		h.sources = append(h.sources, label)
	}
	h.sources = append(h.sources, pickFolder, pickVideo)
	h.apply(h.shown)
}

// change runs a choice off the UI goroutine; what is shown follows the station, so a refused choice falls back.
func (h *header) change(title string, choose func() error) {
	h.enable(false)
	task.RunIn(h.page.host.Tasks, &h.switches, func(context.Context) (struct{}, error) { return struct{}{}, choose() },
		func(_ struct{}, err error) {
			h.enable(true)
			h.page.apply(h.page.station.Snapshot())
			h.page.host.Error(title, err)
		})
}

func (h *header) enable(enabled bool) {
	for _, s := range []*widgets.Select{h.recipe, h.model, h.engine, h.source} {
		widgets.SetEnabled(s, enabled)
	}
}

func (h *header) pickRecipe(name string) {
	h.change("The recipe was not changed", func() error { return h.page.station.SelectRecipe(name) })
}

func (h *header) pickModel(label string) {
	ref, ok := h.models[label]
	if !ok {
		return
	}
	h.change("The model was not changed", func() error { return h.page.station.SelectModel(ref.Name, ref.Version) })
}

func (h *header) pickEngine(name string) {
	h.change("The engine was not changed", func() error { return h.page.station.SelectEngine(name) })
}

func (h *header) pickSource(label string) {
	switch label {
	case pickFolder:
		h.apply(h.shown)
		h.page.host.PickFolder(func(path string) { h.openSource("folder:" + path) })
	case pickVideo:
		h.apply(h.shown)
		h.page.host.PickFile(func(path string) { h.openSource("video:" + path) })
	default:
		h.openSource(h.specs[label])
	}
}

func (h *header) openSource(spec string) {
	h.change("The source was not changed", func() error { return h.page.station.SelectSource(spec) })
	h.reload()
}
