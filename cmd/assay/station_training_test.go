package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"assay/station"

	"github.com/stretchr/testify/require"
)

// trainOn trains in a child of the station and waits for its end.
func trainOn(t *testing.T, s *station.Station, r station.TrainingRequest) station.TrainingStatus {
	t.Helper()
	ended := make(chan station.TrainingStatus, 1)
	cancel := s.TrainingChanged().Subscribe(func(st station.TrainingStatus) {
		if st.State == station.TrainingDone || st.State == station.TrainingFailed {
			select {
			case ended <- st:
			default:
			}
		}
	})
	defer cancel()
	require.NoError(t, s.StartTraining(r))
	select {
	case st := <-ended:
		require.Equal(t, station.TrainingDone, st.State, st.Problem)
		return st
	case <-time.After(patience):
		t.Fatalf("waited %v for the training", patience)
	}
	return station.TrainingStatus{}
}

// TestTheStationAdaptsItsModel trains a model, then goes on from it with new
// parts, replaying the old ones, which it finds by what the model's card says.
func TestTheStationAdaptsItsModel(t *testing.T) {
	if testing.Short() {
		t.Skip("trains models")
	}
	dir := t.TempDir()
	g := &globals{data: filepath.Join(dir, "data")}
	require.NoError(t, os.Mkdir(g.data, 0o750))
	p, err := g.params()
	require.NoError(t, err)
	s, err := station.New(p)
	require.NoError(t, err)
	s.Start()
	defer func() { require.NoError(t, s.Close()) }()
	writeSeeded(t, filepath.Join(dir, "old"), 5, 60)
	writeSeeded(t, filepath.Join(dir, "new"), 6, 40)
	request := func(folder string) station.TrainingRequest {
		return station.TrainingRequest{Dataset: station.DatasetChoice{Kind: station.DatasetFolder, Folder: filepath.Join(dir, folder)},
			Name: "mine", Part: "Impeller", Augmentations: []string{"hflip", "rotate=10"}, Epochs: 2, InputSize: 32, Seed: 1, Split: station.SplitRandom}
	}
	first := trainOn(t, s, request("old"))
	require.NotNil(t, first.Comparison, first.Message)
	require.Nil(t, first.Comparison.Current, "the first of its name")

	r := request("new")
	r.Adapt, r.Samples, r.Steps = true, []int{4, 8}, 16
	second := trainOn(t, s, r)
	require.Equal(t, first.Candidate.Ref.SHA256, second.Candidate.Card.Parent)
	require.Equal(t, 32, second.Candidate.Card.Input.Width)
	require.Contains(t, second.Candidate.Card.Command, "--replay old-")
	require.NotNil(t, second.Comparison, second.Message)
	require.Equal(t, 1, second.Comparison.Current.Ref.Version)
	require.NotEmpty(t, second.Comparison.Verdict)
	require.Len(t, second.Curve, 3, "the current model, and one point a training")
	for i, samples := range []int{0, 4, 8} {
		require.Equal(t, samples, second.Curve[i].Samples)
		require.Positive(t, second.Curve[i].NNew)
		require.Positive(t, second.Curve[i].NOld)
	}
	require.Contains(t, second.Estimate, "99 %")

	uses, err := g.datasets().Uses().List()
	require.NoError(t, err)
	purposes := make([]string, len(uses))
	for i, use := range uses {
		purposes[i] = use.Purpose
	}
	require.Equal(t, []string{"evaluate", "adapt: learning curve at 0, 4, 8 samples", "compare with mine@1"}, purposes)
	require.Equal(t, 2, second.Comparison.TestUses, "its curve, and the comparison")
	shown := strings.Join(lines(t, g.data, "dataset", "show", uses[1].Dataset), "")
	require.Contains(t, shown, uses[1].Purpose)
	require.Contains(t, shown, uses[2].Purpose)
}
