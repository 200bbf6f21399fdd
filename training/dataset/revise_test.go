package dataset

import (
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// TestRelabelledBackIsNotRelabelled: what counts is whether a label differs from
// the one that the image came with, however often it was changed.
func TestRelabelledBackIsNotRelabelled(t *testing.T) {
	s := Store{Folder: t.TempDir()}
	importFolder(t, s, "parts", folders(t, 12), nil)
	relabel := func(class inspection.Class, reason string) *Snapshot {
		snapshot, err := s.Relabel("parts", class, Revision{Images: []string{"ok/9.png"}, Reason: reason, By: "Ada", At: noon})
		require.NoError(t, err)
		return snapshot
	}
	entry := func(snapshot *Snapshot) Entry {
		indices, err := snapshot.find("ok/9.png")
		require.NoError(t, err)
		return snapshot.Entries[indices[0]]
	}
	require.Equal(t, 1, relabel(inspection.Defective, "a dent").Summary().Relabelled)
	back := relabel(inspection.Normal, "only dust")
	require.Zero(t, back.Summary().Relabelled)
	require.Nil(t, entry(back).Relabelled)
	require.Equal(t, Label("normal"), entry(back).Class)
	require.Equal(t, "labelled normal ok/9.png: only dust", back.Note, "why is still told")

	again := relabel(inspection.Defective, "a dent after all")
	require.Equal(t, &Relabelled{From: "normal", Reason: "a dent after all", By: "Ada", At: noon}, entry(again).Relabelled)
	same := relabel(inspection.Defective, "said twice")
	require.Equal(t, entry(again).Relabelled, entry(same).Relabelled, "nothing changed, so the first reason stands")
}
