package station

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"assay/inference"
	"assay/inference/onnx"
	"assay/inspection"
)

// Models lists the registered models.
func (s *Station) Models() ([]ModelInfo, error) { return s.params.Models.List() }

// SelectRecipe changes to the recipe of that name: its model, thresholds,
// region, trigger and, where it names one, source. Where the model cannot be
// loaded nothing changes. A source that is about to change ends first, so that
// none of its frames is judged under the new recipe.
func (s *Station) SelectRecipe(name string) error {
	s.selecting.Lock()
	defer s.selecting.Unlock()
	next, err := s.recipeSetup(name)
	if err != nil {
		return err
	}
	source := next.recipe.Source
	if source == "" || source == s.Snapshot().Source {
		s.install(next)
		s.SetTrigger(next.recipe.Trigger)
		return nil
	}
	s.stopSource()
	s.install(next)
	s.SetTrigger(next.recipe.Trigger)
	return s.SelectSource(source)
}

// UseRecipe applies a recipe's model, thresholds and region, and leaves trigger
// and source as they are.
func (s *Station) UseRecipe(name string) error {
	s.selecting.Lock()
	defer s.selecting.Unlock()
	next, err := s.recipeSetup(name)
	if err != nil {
		return err
	}
	s.install(next)
	return nil
}

func (s *Station) recipeSetup(name string) (setup, error) {
	i := slices.IndexFunc(s.params.Recipes, func(r inspection.Recipe) bool { return r.Name == name })
	if i < 0 {
		return setup{}, fmt.Errorf("recipe %q: %w", name, inspection.ErrNotFound)
	}
	recipe := s.params.Recipes[i]
	model, err := s.params.Models.ModelOf(recipe)
	if err != nil {
		return setup{}, fmt.Errorf("recipe %q: %w", name, err)
	}
	m, err := s.params.Models.Load(model, 0)
	if err != nil {
		return setup{}, fmt.Errorf("recipe %q: %w", name, err)
	}
	return s.load(m, recipe, s.Snapshot().Engine)
}

// SelectModel changes to a registered model between two frames; version 0 is
// the active one. Where it cannot be loaded the one in use stays.
func (s *Station) SelectModel(name string, version int) error {
	m, err := s.params.Models.Load(name, version)
	if err != nil {
		return err
	}
	return s.use(m)
}

// OpenModel changes to what MODEL on a command line means: a registered name,
// name@version or an ONNX file.
func (s *Station) OpenModel(ctx context.Context, model string) error {
	m, err := s.params.Models.Open(ctx, model)
	if err != nil {
		return err
	}
	return s.use(m)
}

// SelectEngine changes what runs the model, between two frames. Where the
// engine cannot load the model the one in use stays.
func (s *Station) SelectEngine(name string) error {
	s.selecting.Lock()
	defer s.selecting.Unlock()
	if _, known := s.params.Engines[name]; !known {
		return fmt.Errorf("engine %q: %w (known: %v)", name, inspection.ErrNotFound, s.Engines())
	}
	current := s.judge.current()
	if current.model == nil {
		s.change(func(st *Status) { st.Engine = name })
		return nil
	}
	next, err := s.load(current.model, current.recipe, name)
	if err != nil {
		return err
	}
	s.install(next)
	return nil
}

// use loads the model under the recipe in use and changes to it.
func (s *Station) use(m *onnx.Model) error {
	s.selecting.Lock()
	defer s.selecting.Unlock()
	next, err := s.load(m, s.judge.current().recipe, s.Snapshot().Engine)
	if err != nil {
		return err
	}
	s.install(next)
	return nil
}

// load makes a setup of its own beside the one in use.
func (s *Station) load(m *onnx.Model, recipe inspection.Recipe, engine string) (setup, error) {
	built, err := s.params.Engines[engine](m, inference.EngineOptions{Threads: s.params.Threads, Batch: 1})
	if err != nil {
		return setup{}, fmt.Errorf("load model %s into engine %s: %w", m.Card.Name, engine, err)
	}
	predictor, err := inference.NewPredictor(m, built)
	if err != nil {
		return setup{}, errors.Join(fmt.Errorf("load model %s: %w", m.Card.Name, err), built.Close())
	}
	thresholds := m.Card.Thresholds
	if recipe.Thresholds.Fail > 0 {
		thresholds = recipe.Thresholds
	}
	if promoted := s.promotedThresholds(m.Ref()); promoted != nil {
		thresholds = *promoted
	}
	return setup{model: m, predictor: predictor, recipe: recipe, thresholds: thresholds, engine: engine}, nil
}

// promotedThresholds are those that a person chose for the version when it was
// made the active one; nil where there are none.
func (s *Station) promotedThresholds(ref inspection.ModelRef) *inspection.Thresholds {
	info, err := s.params.Models.Find(ref.Name, ref.Version)
	if err != nil || info.Ref != ref {
		return nil // a file that is not registered
	}
	return info.Thresholds
}

// install swaps a setup in between two frames and frees the old one.
func (s *Station) install(next setup) {
	old := s.judge.swap(next)
	s.change(func(st *Status) {
		st.Recipe, st.Model, st.Thresholds, st.Engine = next.recipe, next.model.Ref(), next.thresholds, next.engine
		s.notices.set(causeModel, mismatch(next.model.Card, next.recipe))
		s.faults.judge = ""
	})
	s.retireShadow(next.model)
	if old == nil {
		return
	}
	if err := old.Close(); err != nil {
		s.params.Logger.Warn("free model", "error", err)
	}
}

// mismatch says when a model was not trained for the part at hand.
func mismatch(card inspection.ModelCard, recipe inspection.Recipe) string {
	if recipe.Part == "" || card.Part == recipe.Part {
		return ""
	}
	trained := card.Part
	if trained == "" {
		trained = "an unknown part"
	}
	return fmt.Sprintf("Model %s was trained on %s, not on %s: its verdicts may be wrong. Choose another model, or retrain.",
		card.Name, trained, recipe.Part)
}

// ImportModel checks a file from outside and registers it; the model in use
// stays.
func (s *Station) ImportModel(ctx context.Context, file string) (ModelInfo, error) {
	return s.params.Models.Import(ctx, file, "")
}
