package station

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/inference"
	"assay/inference/onnx"
	"assay/inspection"
)

// requireJudges requires that the line judges with that version.
func requireJudges(t *testing.T, s *Station, name string, version int) {
	t.Helper()
	require.Equal(t, reference(inspection.ModelRef{Name: name, Version: version}), reference(s.Snapshot().Model))
}

// requireUndo requires that a roll-back is said to bring back that version, and that it does.
func requireUndo(t *testing.T, s *Station, name string, version int) {
	t.Helper()
	standing, err := s.Standing()
	require.NoError(t, err)
	require.NotNil(t, standing.Undo)
	require.Equal(t, inspection.ModelRef{Name: name, Version: version}, standing.Undo.After())
	p, err := s.Rollback(standing.Undo.Name, "Ada", "more escapes")
	require.NoError(t, err)
	require.Equal(t, standing.Undo.After(), p.After())
	requireJudges(t, s, name, version)
}

func requireNoUndo(t *testing.T, s *Station) {
	t.Helper()
	standing, err := s.Standing()
	require.NoError(t, err)
	require.Nil(t, standing.Undo)
}

// lineStation judges with demo 1; line1 1 and 2 and demo 2 and 3 are registered beside it.
func lineStation(t *testing.T) *Station {
	t.Helper()
	s := newTestStation(t, nil, 0)
	for seed, name := range []string{"line1", "line1", "demo", "demo"} {
		_, err := s.params.Models.Add(name, modelBytes(t, name, uint64(20+seed)))
		require.NoError(t, err)
	}
	requireJudges(t, s, "demo", 1)
	return s
}

func TestPromotingAnotherNameChangesWhatTheLineJudgesWith(t *testing.T) {
	s := lineStation(t)
	require.NoError(t, s.Promote("line1", 1, nil, "Ada", "knows our parts"))
	requireJudges(t, s, "line1", 1)
	events, err := s.Promotions("")
	require.NoError(t, err)
	require.Len(t, events, 1)
	require.Equal(t, &LineChange{Recipe: "Test", From: "demo", FromVersion: 1, To: "line1", ToVersion: 1}, events[0].Line)
	require.Equal(t, "Ada", events[0].By)
	require.NoError(t, s.UseRecipe("Test"))
	requireJudges(t, s, "line1", 1) // also after the next start
	requireUndo(t, s, "demo", 1)
	require.NoError(t, s.UseRecipe("Test"))
	requireJudges(t, s, "demo", 1)
	requireNoUndo(t, s)
}

func TestRollingBackSaysWhatItBringsBack(t *testing.T) {
	for name, row := range map[string][]inspection.ModelRef{
		"a newer version, then another name": {{Name: "demo", Version: 2}, {Name: "demo", Version: 3}, {Name: "line1", Version: 1}, {Name: "line1", Version: 2}},
		"another name and back":              {{Name: "line1", Version: 1}, {Name: "demo", Version: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			s := lineStation(t)
			requireNoUndo(t, s)
			before := []inspection.ModelRef{{Name: "demo", Version: 1}}
			for _, ref := range row {
				require.NoError(t, s.Promote(ref.Name, ref.Version, nil, "Ada", "better"))
				requireJudges(t, s, ref.Name, ref.Version)
				before = append(before, ref)
			}
			for _, ref := range slices.Backward(before[:len(row)]) {
				requireUndo(t, s, ref.Name, ref.Version)
			}
			requireNoUndo(t, s)
		})
	}
}

func TestALaterPromotionElsewhereDoesNotBlockTheLinesRollback(t *testing.T) {
	s := lineStation(t)
	require.NoError(t, s.Promote("demo", 2, nil, "Ada", "better"))
	_, err := s.params.Models.Promote("line1", 2, PromotionOptions{By: "Bob"}, time.Now())
	require.NoError(t, err)
	requireJudges(t, s, "demo", 2) // another program made it the active one of its name only
	requireUndo(t, s, "demo", 1)
}

func TestWhatAnotherProgramPromotedIsChosenButDoesNotJudgeYet(t *testing.T) {
	s := lineStation(t)
	_, err := twin(s.params.Models).Promote("demo", 3, PromotionOptions{By: "Bob"}, time.Now())
	require.NoError(t, err)
	standing, err := s.Standing()
	require.NoError(t, err)
	require.Equal(t, "demo@3", reference(standing.Chosen))
	requireJudges(t, s, "demo", 1)
}

func TestARecipeThatNamesAnotherModelSinceBeginsAnew(t *testing.T) {
	s := lineStation(t)
	require.NoError(t, s.Promote("line1", 1, nil, "Ada", "knows our parts"))
	recipe := s.Snapshot().Recipe
	recipe.Model = "casting"
	name, err := s.params.Models.ModelOf(recipe)
	require.NoError(t, err)
	require.Equal(t, "casting", name)
}

// TestEachRecipeHasItsOwnModel: what is promoted for one leaves the others' alone, in what judges and in what is undone.
func TestEachRecipeHasItsOwnModel(t *testing.T) {
	r := lineStation(t).params.Models
	test, other := inspection.Recipe{Name: "Test", Model: "demo"}, inspection.Recipe{Name: "Other", Model: "demo"}
	_, err := r.Add("line2", modelBytes(t, "line2", 30))
	require.NoError(t, err)
	promote := func(recipe inspection.Recipe, name string) {
		_, err := r.Promote(name, 1, PromotionOptions{Recipe: recipe}, time.Now())
		require.NoError(t, err)
	}
	requireUndone := func(name string, want *LineChange) {
		undo, err := r.Undo(name)
		require.NoError(t, err)
		require.Equal(t, want, undo.Line)
	}
	promote(test, "line1")
	promote(other, "line2")
	for recipe, want := range map[*inspection.Recipe]string{&test: "line1", &other: "line2"} {
		name, err := r.ModelOf(*recipe)
		require.NoError(t, err)
		require.Equal(t, want, name)
	}
	requireUndone("line1", &LineChange{Recipe: "Test", From: "line1", FromVersion: 1, To: "demo", ToVersion: 1})
	promote(test, "demo")
	requireUndone("line1", nil) // it judges with another one since
	requireUndone("line2", &LineChange{Recipe: "Other", From: "line2", FromVersion: 1, To: "demo", ToVersion: 1})
}

func TestAModelThatIsGoneCanBeReplaced(t *testing.T) {
	s := lineStation(t)
	p, err := s.params.Models.Promote("line1", 2, PromotionOptions{Recipe: inspection.Recipe{Name: "Test", Model: "gone"}}, time.Now())
	require.NoError(t, err)
	require.Equal(t, &LineChange{Recipe: "Test", From: "gone", To: "line1", ToVersion: 2}, p.Line)
}

// TestARollbackChangesTheLineWhereItConcernsIt: the name is what the recipe is to judge with, or what judges.
func TestARollbackChangesTheLineWhereItConcernsIt(t *testing.T) {
	for _, c := range []struct {
		selected, rolledBack string
		judges               inspection.ModelRef
	}{
		{"", "line1", inspection.ModelRef{Name: "demo", Version: 1}},
		{"line1", "line1", inspection.ModelRef{Name: "line1", Version: 1}},
		{"line1", "demo", inspection.ModelRef{Name: "demo", Version: 1}},
	} {
		s := lineStation(t)
		for _, name := range []string{"demo", "line1"} { // by another program, which has no line
			_, err := s.params.Models.Promote(name, 2, PromotionOptions{By: "Bob"}, time.Now())
			require.NoError(t, err)
		}
		if c.selected != "" {
			require.NoError(t, s.SelectModel(c.selected, 0))
			requireJudges(t, s, c.selected, 2)
		}
		_, err := s.Rollback(c.rolledBack, "Ada", "worse")
		require.NoError(t, err)
		requireJudges(t, s, c.judges.Name, c.judges.Version)
	}
}

func TestAModelThatTheEngineRefusesIsNotPromoted(t *testing.T) {
	s := lineStation(t)
	s.params.Engines["mean"] = func(*onnx.Model, inference.EngineOptions) (inference.Engine, error) {
		return nil, inspection.ErrBadModel
	}
	require.ErrorIs(t, s.Promote("line1", 1, nil, "Ada", "better"), inspection.ErrBadModel)
	requireJudges(t, s, "demo", 1)
	events, err := s.Promotions("")
	require.NoError(t, err)
	require.Empty(t, events)
}

func TestTheShadowEndsWhereItsModelIsPromotedUnderAnotherName(t *testing.T) {
	s := lineStation(t)
	s.Start()
	require.NoError(t, s.StartShadow(inspection.ModelRef{Name: "line1", Version: 1}))
	s.shadow.mu.Lock()
	done := s.shadow.done
	s.shadow.mu.Unlock()
	require.NoError(t, s.Promote("line1", 1, nil, "Ada", "knows our parts"))
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("it goes on beside itself")
	}
	require.Contains(t, s.ShadowStatus().Notice, "line1 1 judges the line now")
	require.NoError(t, s.Close())
}
