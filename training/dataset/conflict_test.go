package dataset

import (
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// TestWhatCannotBeReadIsNoConflict: two empty files are identical, but no images.
func TestWhatCannotBeReadIsNoConflict(t *testing.T) {
	list := items(t, 30)
	for _, data := range []string{"", "\x89PNG cut off"} {
		list = append(list, item("bad"+data, inspection.Defective, []byte(data)), item("good"+data, inspection.Normal, []byte(data)))
	}
	for _, kind := range []SplitKind{Official, Grouped} {
		d, err := Divide(t.Context(), list, SplitOptions{Kind: kind, Seed: 1}, nil)
		require.NoError(t, err, kind)
		set := load(t, d.Training.Items())
		require.LessOrEqual(t, len(d.Lost)+len(set.Unreadable), 4)
	}
	e, err := Examine(t.Context(), Choice{Items: list}, NearOptions{}, nil)
	require.NoError(t, err)
	require.Empty(t, e.Audit.Conflicts)
	require.Len(t, e.Audit.Unreadable, 4)
	require.Zero(t, e.Audit.Copies)

	list = append(list, item("one", inspection.Normal, picture(t, 200)), item("other", inspection.Defective, picture(t, 200)))
	_, err = Divide(t.Context(), list, SplitOptions{}, nil)
	require.ErrorContains(t, err, "labelled differently (1 times)")
}
