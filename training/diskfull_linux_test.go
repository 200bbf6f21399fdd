package training

import (
	"context"
	"path/filepath"
	"testing"

	"assay/inspection"
	"assay/internal/disktest"
	"assay/training/checkpoint"
	"assay/training/metrics"

	"github.com/stretchr/testify/require"
)

// TestAFullDiskAtACheckpoint does not end the training: it says so, the former
// checkpoint stays whole, and the model is the one of an undisturbed training.
// Once there is room again checkpoints go on.
func TestAFullDiskAtACheckpoint(t *testing.T) {
	undisturbed := train(t, request(t))
	disk := disktest.Small(t, 1<<20)
	r := request(t)
	r.Checkpoint = filepath.Join(disk, "spot.checkpoint")
	var ballast *disktest.Ballast
	var warnings []error
	kept := map[int]int{} // epochs in the checkpoint at the beginning of an epoch's hook
	result, err := Run(t.Context(), r, Hooks{
		Epoch: func(e metrics.Epoch) { // before the epoch's checkpoint
			if e.Epoch > 1 {
				state, err := checkpoint.Read(r.Checkpoint)
				require.NoError(t, err)
				kept[e.Epoch-1] = len(state.History)
			}
			switch e.Epoch {
			case 3:
				ballast = disktest.Fill(t, disk)
			case 6:
				ballast.Free()
			}
		},
		Warn: func(err error) { warnings = append(warnings, err) },
	})
	require.NoError(t, err)
	require.Equal(t, undisturbed.SHA256, result.SHA256)
	require.Len(t, warnings, 3, "epochs 3, 4 and 5")
	for _, w := range warnings {
		require.ErrorIs(t, w, inspection.ErrDiskFull)
		require.ErrorContains(t, w, "the training goes on")
	}
	require.Equal(t, map[int]int{1: 1, 2: 2, 3: 2, 4: 2, 5: 2, 6: 6, 7: 7}, kept)
	require.Equal(t, []string{"spot.checkpoint"}, disktest.Files(t, disk))
}

// TestAFullDiskAndAnInterruption: what is resumed is the last checkpoint that
// found room, and the end is the same.
func TestAFullDiskAndAnInterruption(t *testing.T) {
	undisturbed := train(t, request(t))
	disk := disktest.Small(t, 1<<20)
	r := request(t)
	r.Checkpoint = filepath.Join(disk, "spot.checkpoint")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result, err := Run(ctx, r, Hooks{Epoch: func(e metrics.Epoch) {
		switch e.Epoch {
		case 3:
			disktest.Fill(t, disk)
		case 5:
			cancel()
		}
	}})
	require.NoError(t, err, "nobody listens to the warnings, and the best epoch is kept all the same")
	require.Equal(t, Cancelled, result.Ending)
	require.Len(t, result.History, 5)
	require.Equal(t, []string{"ballast", "spot.checkpoint"}, disktest.Files(t, disk))
	state, err := checkpoint.Read(r.Checkpoint)
	require.NoError(t, err)
	require.Len(t, state.History, 2)
	r.Resume = true
	resumed := train(t, r)
	require.Equal(t, undisturbed.SHA256, resumed.SHA256)
}
