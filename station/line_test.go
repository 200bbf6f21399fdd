package station

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
	s := lineStation(t)
	requireNoUndo(t, s)
	for version := 2; version <= 3; version++ {
		require.NoError(t, s.Promote("demo", version, nil, "Ada", "better"))
	}
	require.NoError(t, s.Promote("line1", 1, nil, "Ada", "another"))
	require.NoError(t, s.Promote("line1", 2, nil, "Ada", "better"))
	requireUndo(t, s, "line1", 1)
	requireUndo(t, s, "demo", 3)
	requireUndo(t, s, "demo", 2)
	requireUndo(t, s, "demo", 1)
	requireNoUndo(t, s)
}

func TestGoingToAnotherNameAndBackIsUndoneInTurn(t *testing.T) {
	s := lineStation(t)
	require.NoError(t, s.Promote("line1", 1, nil, "Ada", "knows our parts"))
	require.NoError(t, s.Promote("demo", 2, nil, "Ada", "knows them too"))
	requireJudges(t, s, "demo", 2)
	requireUndo(t, s, "line1", 1)
	requireUndo(t, s, "demo", 1)
	requireNoUndo(t, s)
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
