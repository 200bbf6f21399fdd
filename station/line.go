package station

import (
	"errors"
	"fmt"

	"assay/inspection"
)

// LineChange is what a promotion or roll-back changed about a recipe: the name of
// the model that it judges with, and the versions that were active at that time.
type LineChange struct {
	// Recipe is the recipe's name.
	Recipe string `json:"recipe"`
	// From and FromVersion are the model that judged before.
	From        string `json:"from"`
	FromVersion int    `json:"from_version"`
	// To and ToVersion are the model that judges since.
	To        string `json:"to"`
	ToVersion int    `json:"to_version"`
}

// Before is the model that the event replaced, without its digest: that of the
// line where the event changed one, else the version of the same name.
func (p Promotion) Before() inspection.ModelRef {
	if p.Line != nil {
		return inspection.ModelRef{Name: p.Line.From, Version: p.Line.FromVersion}
	}
	return inspection.ModelRef{Name: p.Name, Version: p.From}
}

// After is the model that the event brought, without its digest.
func (p Promotion) After() inspection.ModelRef {
	if p.Line != nil {
		return inspection.ModelRef{Name: p.Line.To, Version: p.Line.ToVersion}
	}
	return inspection.ModelRef{Name: p.Name, Version: p.To}
}

// modelOf follows the promotions of other names from the model that the recipe
// itself names. A recipe that was given another model since begins anew.
func modelOf(events []Promotion, recipe inspection.Recipe) string {
	name := recipe.Model
	for _, p := range events {
		if p.Line != nil && p.Line.Recipe == recipe.Name && p.Line.From == name {
			name = p.Line.To
		}
	}
	return name
}

// inForce reports whether the recipe still judges with the model that the change
// gave it.
func inForce(events []Promotion, change LineChange) bool {
	to := ""
	for _, p := range events {
		if p.Line != nil && p.Line.Recipe == change.Recipe {
			to = p.Line.To
		}
	}
	return to == change.To
}

// lineChange is what the promotion changes about the recipe; nil where that has no
// name or judges with the model of that name already.
func (r *Registry) lineChange(events []Promotion, p Promotion, recipe inspection.Recipe) (*LineChange, error) {
	before := modelOf(events, recipe)
	if recipe.Name == "" || before == p.Name {
		return nil, nil //nolint:nilnil // nothing changes, and nothing is wrong
	}
	version, err := r.activeVersion(events, before)
	if err != nil && !errors.Is(err, inspection.ErrNotFound) {
		return nil, err // a model that is gone can be replaced all the same
	}
	return &LineChange{Recipe: recipe.Name, From: before, FromVersion: version, To: p.Name, ToVersion: p.To}, nil
}

// ModelOf returns the name of the model that the recipe judges with: the one that
// it names, or the one that promotions have put in its place.
func (r *Registry) ModelOf(recipe inspection.Recipe) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	events, err := r.promotions()
	return modelOf(events, recipe), err
}

// Standing is how the line and the registry stand to one another.
type Standing struct {
	// Chosen is the model that the recipe in use is to judge with, by its promotions; zero where it cannot be read. The
	// line may judge with another one, which a person chose or which another program has left behind.
	Chosen inspection.ModelRef
	// Undo is what a roll-back of the recipe's model would record now; nil where there is nothing to undo.
	Undo *Promotion
}

// Standing reads the registry anew.
func (s *Station) Standing() (Standing, error) {
	name, err := s.params.Models.ModelOf(s.Snapshot().Recipe)
	if err != nil {
		return Standing{}, err
	}
	var standing Standing
	if info, err := s.params.Models.Find(name, 0); err == nil {
		standing.Chosen = info.Ref
	}
	undo, err := s.params.Models.Undo(name)
	switch {
	case err == nil:
		standing.Undo = &undo
	case !errors.Is(err, inspection.ErrNotFound):
		return Standing{}, err
	}
	return standing, nil
}

// Promote makes a version the active one of its name and the model that the recipe
// in use judges with, and changes to it between two frames. The line uses the
// thresholds while that version is the active one; nil leaves them to recipe and
// model. Where the engine refuses the model the promotion is not recorded.
func (s *Station) Promote(name string, version int, thresholds *inspection.Thresholds, by, reason string) error {
	if err := s.loadable(name, version); err != nil {
		return err
	}
	o := PromotionOptions{By: by, Reason: reason, Thresholds: thresholds, Recipe: s.Snapshot().Recipe}
	if _, err := s.params.Models.Promote(name, version, o, s.params.Clock()); err != nil {
		return err
	}
	return s.SelectModel(name, 0)
}

// loadable returns what keeps the engine in use from running a version.
func (s *Station) loadable(name string, version int) error {
	m, err := s.params.Models.Load(name, version)
	if err != nil {
		return err
	}
	tried, err := s.load(m, s.Snapshot().Recipe, s.Snapshot().Engine)
	if err != nil {
		return err
	}
	return tried.predictor.Close()
}

// Rollback undoes the last promotion of the name that is not undone yet, one step
// back each time, and returns what that has changed. Where it concerns the line,
// that changes to the former model between two frames.
func (s *Station) Rollback(name, by, reason string) (Promotion, error) {
	p, err := s.params.Models.Rollback(name, by, reason, s.params.Clock())
	if err != nil {
		return Promotion{}, err
	}
	now := s.Snapshot()
	chosen, err := s.params.Models.ModelOf(now.Recipe)
	if err != nil {
		return p, fmt.Errorf("recipe %q: %w", now.Recipe.Name, err)
	}
	if after := p.After().Name; after == chosen || after == now.Model.Name {
		return p, s.SelectModel(after, 0)
	}
	return p, nil
}

// Promotions returns the promotions and roll-backs of one name, oldest first; of
// all names for "".
func (s *Station) Promotions(name string) ([]Promotion, error) {
	return s.params.Models.Promotions(name)
}
