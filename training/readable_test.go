package training

import (
	"testing"

	"assay/inspection"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

// TestAPartThatLostAClassIsRefused: parts are made by content before pictures are
// decoded. Where the only defective picture of a part turns out truncated,
// nothing could be learnt, or measured, there.
func TestAPartThatLostAClassIsRefused(t *testing.T) {
	var list []dataset.Item
	defective := 0
	for _, item := range parts(t, 40) {
		if item.Class == inspection.Defective {
			if defective++; defective > 2 {
				continue
			}
			if defective == 2 {
				item.Read = truncated(t, item)
			}
		}
		list = append(list, item)
	}
	refused := map[string]bool{}
	for seed := range uint64(8) { // puts the truncated one into either part
		r := request(t)
		r.Seed, r.Dataset.Items = seed+1, list
		_, err := Run(t.Context(), r, Hooks{})
		require.ErrorIs(t, err, inspection.ErrBadDataset)
		refused[err.Error()] = true
	}
	require.Len(t, refused, 2)
	for text := range refused {
		require.Regexp(t, "no defective image of the (training|validation) part can be read", text)
	}
}

func truncated(t *testing.T, item dataset.Item) func() ([]byte, error) {
	data, err := item.Read()
	require.NoError(t, err)
	return func() ([]byte, error) { return data[:len(data)-30], nil }
}
