package presence_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/capture"
	"assay/capture/presence"
	"assay/capture/replay"
)

// Photographs of castings shown one after another, each for a few frames, are
// each noticed once: as a camera sees them that is shown stills.
func TestPhotographsShownInTurn(t *testing.T) {
	shared := os.Getenv("ASSAY_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(shared, "datasets", "casting", "test")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no photographs: set ASSAY_SHARED (%v)", err)
	}
	source, err := replay.Open(t.Context(), dir, capture.Options{})
	require.NoError(t, err)
	d := presence.New(presence.Options{})
	for range int(700 * effort) {
		f, err := source.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		require.Equal(t, 1, count(d, f, f, f, f, f), f.Name)
	}
}
