package station

import (
	"errors"
	"fmt"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

func TestExplainSaysWhatToDo(t *testing.T) {
	require.Empty(t, Explain(nil))
	for _, e := range explanations {
		text := Explain(fmt.Errorf("open thing: %w", e.is))
		require.Contains(t, text, e.text)
		require.Contains(t, text, "open thing", "the cause is kept for support")
	}
	require.Contains(t, Explain(errors.New("odd")), "odd")
}

func TestExplainPrefersTheGravest(t *testing.T) {
	both := errors.Join(inspection.ErrSourceLost, inspection.ErrDiskFull)
	require.Contains(t, Explain(both), "disk is full")
	require.NotContains(t, Explain(both), "\n")
}
