package station

import (
	"testing"
	"time"

	"assay/capture"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

func TestNoticesOfDifferentCausesStandTogether(t *testing.T) {
	s := newTestStation(t, nil, 0)
	s.params.Recipes = append(s.params.Recipes, inspection.Recipe{Name: "Other", Part: "Valve", Model: "demo", Trigger: inspection.TriggerManual})
	s.Notify("Segment 7 is damaged.")
	s.Notify("The camera of the recipe is missing.")
	require.NoError(t, s.SelectRecipe("Other"))
	s.sourceChanged(capture.Status{State: capture.StateLive, Reopened: 1, Since: time.Now()})
	s.skipped(inspection.Frame{Name: "a.png"}, inspection.ErrBadImage)
	for _, text := range []string{"Segment 7 is damaged.", "The camera of the recipe is missing.", "not on Valve", "The camera is back", "cannot be read"} {
		require.Contains(t, s.Snapshot().Notice, text)
	}
	require.NoError(t, s.SelectRecipe("Test"))
	require.NotContains(t, s.Snapshot().Notice, "not on Valve", "the model fits again")
	require.Contains(t, s.Snapshot().Notice, "Segment 7 is damaged.")
}

func TestANoticeIsShownOnce(t *testing.T) {
	s := newTestStation(t, nil, 0)
	for range 3 {
		s.Notify("Segment 7 is damaged.")
		s.skipped(inspection.Frame{Name: "a.png"}, inspection.ErrBadImage)
	}
	require.Equal(t, "Segment 7 is damaged. "+Explain(inspection.ErrBadImage), s.Snapshot().Notice)
}

func TestNoticesOfTheStartAreShown(t *testing.T) {
	p := newTestStation(t, nil, 0).params
	p.Notices = []string{"A recipe cannot be used."}
	s, err := New(p)
	require.NoError(t, err)
	require.Equal(t, "A recipe cannot be used.", s.Snapshot().Notice)
}

func TestPromotedThresholdsAreTheLines(t *testing.T) {
	s := newTestStation(t, nil, 0)
	require.Equal(t, inspection.Thresholds{Pass: 0.2, Fail: 0.8}, s.Snapshot().Thresholds)
	chosen := inspection.Thresholds{Pass: 0.4, Fail: 0.5}
	_, err := s.params.Models.Add("demo", modelBytes(t, "demo", 2))
	require.NoError(t, err)
	require.NoError(t, s.Promote("demo", 2, &chosen, "Ada", "fewer false rejects"))
	require.Equal(t, chosen, s.Snapshot().Thresholds)
	require.NoError(t, s.SelectModel("demo", 1))
	require.Equal(t, inspection.Thresholds{Pass: 0.2, Fail: 0.8}, s.Snapshot().Thresholds, "they belong to that version")
	_, err = s.Rollback("demo", "Ada", "worse")
	require.NoError(t, err)
	require.Equal(t, 1, s.Snapshot().Model.Version)
	events, err := s.Promotions("demo")
	require.NoError(t, err)
	require.Len(t, events, 2)
}
