package inspection

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValidateViews(t *testing.T) {
	for _, views := range []int{0, 1, 2, 4, 8} {
		require.NoError(t, InputSpec{Width: 9, Height: 9, Views: views}.ValidateViews(), "%d", views)
		err := InputSpec{Width: 9, Height: 8, Views: views}.ValidateViews()
		require.Equal(t, views > 1, err != nil, "%d views of an input that is not square: %v", views, err)
	}
	for _, views := range []int{-1, 3, 5, 6, 7, 9, 16} {
		require.Error(t, InputSpec{Width: 9, Height: 9, Views: views}.ValidateViews(), "%d", views)
	}
}

// TestOneViewIsNotWritten: cards of models without views stay as they were.
func TestOneViewIsNotWritten(t *testing.T) {
	data, err := json.Marshal(InputSpec{Width: 9, Height: 9})
	require.NoError(t, err)
	require.NotContains(t, string(data), "views")
}
