package station

import (
	"testing"

	"assay/inference/architecture"
	"assay/inference/familiarity"
	"assay/inference/onnx"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// wary returns a model that has learnt from noise alone.
func wary(t *testing.T) []byte {
	t.Helper()
	n := architecture.Custom(32)
	w, err := n.Initialize(1)
	require.NoError(t, err)
	state := uint64(1)
	pictures := make([][]uint8, 60)
	for i := range pictures {
		pictures[i] = make([]uint8, 32*32)
		for j := range pictures[i] {
			state = state*6364136223846793005 + 1442695040888963407
			pictures[i][j] = uint8(state >> 56)
		}
	}
	d, err := familiarity.Fit(40, func(i int) []uint8 { return pictures[i] }, n.Input)
	require.NoError(t, err)
	require.NoError(t, d.Calibrate(20, func(i int) []uint8 { return pictures[40+i] }))
	data, err := onnx.EncodeWith(inspection.ModelCard{Name: "demo", Version: 2, Architecture: n.Name, Input: n.Input, Part: "Test part",
		Classes: []string{"normal", "defective"}, Thresholds: inspection.Thresholds{Pass: 0.2, Fail: 0.8}}, n, w, onnx.Extras{Familiarity: d})
	require.NoError(t, err)
	return data
}

func TestAnUnfamiliarPictureGoesToReviewWhateverItsScore(t *testing.T) {
	log := &memoryLog{}
	s := newTestStation(t, log, 0, 10, 90)
	_, err := s.params.Models.Add("demo", wary(t))
	require.NoError(t, err)
	require.NoError(t, s.SelectModel("demo", 2))
	require.NoError(t, s.RunSource(t.Context(), "folder:x", func(Judgement) error { return nil }))
	require.Len(t, log.records, 2)
	for _, r := range log.records {
		require.Equal(t, inspection.Review, r.Machine.Verdict, "score %v", r.Score)
		require.Equal(t, inspection.ReasonUnfamiliar, r.Machine.Reason)
		require.True(t, r.Familiarity.Unfamiliar)
		require.Greater(t, r.Familiarity.Distance, r.Familiarity.Limit)
	}
	require.Equal(t, Counters{Review: 2}, s.Snapshot().Counters)
}
