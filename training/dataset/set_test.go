package dataset

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

var small = inspection.InputSpec{Channels: 1, Height: 8, Width: 8, Scale: 1.0 / 255, Offset: -0.5}

func item(name string, class inspection.Class, data []byte) Item {
	return Item{Name: name, Class: class, Read: func() ([]byte, error) { return data, nil }}
}

// items returns n items, the first third defective, each its own image.
func items(t *testing.T, n int) []Item {
	t.Helper()
	var list []Item
	for i := range n {
		class := inspection.Normal
		if i < n/3 {
			class = inspection.Defective
		}
		list = append(list, item(fmt.Sprintf("%03d", i), class, picture(t, uint8(i))))
	}
	return list
}

func load(t *testing.T, list []Item) *Set {
	t.Helper()
	set, err := Load(t.Context(), list, small, LoadOptions{})
	require.NoError(t, err)
	return set
}

func TestLoadKeepsPixelsAndOrder(t *testing.T) {
	calls := 0
	set, err := Load(t.Context(), items(t, 90), small, LoadOptions{Workers: 4, Progress: func(done, total int) {
		calls++
		require.Equal(t, 90, total)
	}})
	require.NoError(t, err)
	require.Equal(t, 2, calls, "after 64 and at the end")
	for i := range set.Len() {
		require.Equal(t, fmt.Sprintf("%03d", i), set.Samples[i].Name)
		require.Equal(t, uint8(i), set.Image(i)[9])
	}
	input := make([]float32, 64)
	set.Input(80, input)
	require.InDelta(t, 80.0/255-0.5, input[9], 1e-7)
	normal, defective := set.Count()
	require.Equal(t, []int{60, 30}, []int{normal, defective})
}

func TestLoadListsUnreadable(t *testing.T) {
	list := items(t, 12)
	whole, _ := list[5].Read()
	list[5] = item("cut", inspection.Normal, whole[:len(whole)/2])
	list[0] = Item{Name: "gone", Class: inspection.Defective, Read: func() ([]byte, error) { return nil, errors.New("gone") }}
	set := load(t, list)
	require.Equal(t, 10, set.Len())
	require.Len(t, set.Unreadable, 2)
	require.Equal(t, "gone", set.Unreadable[0].Name)
	require.ErrorIs(t, set.Unreadable[1].Err, inspection.ErrBadImage)
	require.Equal(t, uint8(6), set.Image(4)[9], "the gap is closed")
}

func TestLoadRefuses(t *testing.T) {
	spoiled := items(t, 12)
	for i := range 4 {
		spoiled[i] = item("bad", inspection.Defective, []byte("no image"))
	}
	_, err := Load(t.Context(), spoiled, small, LoadOptions{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "4 of 12 images cannot be read, leaving 8 normal and 0 defective")

	disputed := items(t, 12)
	disputed[11].Read = disputed[0].Read
	_, err = Load(t.Context(), disputed, small, LoadOptions{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	require.ErrorContains(t, err, "the same image")

	_, err = Load(t.Context(), nil, small, LoadOptions{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	_, err = Load(t.Context(), items(t, 12), inspection.InputSpec{}, LoadOptions{})
	require.ErrorIs(t, err, inspection.ErrModelInput)
}

func TestLoadStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	list := items(t, 200)
	for i := range list {
		read := list[i].Read
		list[i].Read = func() ([]byte, error) { cancel(); return read() }
	}
	_, err := Load(ctx, list, small, LoadOptions{})
	require.ErrorIs(t, err, context.Canceled)
}

// TestContentNotNames: neither the order of the items nor their names change
// the fingerprint or the split; the seed changes the split.
func TestContentNotNames(t *testing.T) {
	list := items(t, 100)
	a := load(t, list)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for i := range list {
		list[i].Name = fmt.Sprint("other", i)
	}
	b := load(t, list)
	require.Equal(t, a.Fingerprint(), b.Fingerprint())
	require.Len(t, a.Fingerprint(), 64)
	require.Equal(t, split(t, a, 7), split(t, b, 7))
	require.NotEqual(t, split(t, a, 7), split(t, a, 8))
	list[0].Class = 1 - list[0].Class
	require.NotEqual(t, a.Fingerprint(), load(t, list).Fingerprint(), "a label counts")
}

// splitSet divides a set that has no parts into training and validation.
func splitSet(s *Set, seed uint64, share float64) (train, validation []int, err error) {
	members := make([]Member, s.Len())
	for i, sample := range s.Samples {
		members[i] = Member{Digest: sample.Digest, Class: sample.Class}
	}
	parts, err := Assign(members, SplitOptions{Kind: Official, Seed: seed, Validation: share})
	if err != nil {
		return nil, nil, err
	}
	for i, part := range parts {
		if part == Validation {
			validation = append(validation, i)
		} else {
			train = append(train, i)
		}
	}
	return train, validation, nil
}

// split returns the digests of the validation part, sorted.
func split(t *testing.T, s *Set, seed uint64) []string {
	t.Helper()
	train, validation, err := splitSet(s, seed, 0.2)
	require.NoError(t, err)
	all := slices.Concat(train, validation)
	slices.Sort(all)
	require.Equal(t, s.All(), all, "each sample is on one side")
	var digests []string
	for _, i := range validation {
		digests = append(digests, s.Samples[i].Digest)
	}
	slices.Sort(digests)
	return digests
}

func TestSplitIsStratified(t *testing.T) {
	set := load(t, items(t, 150))
	_, validation, err := splitSet(set, 3, 0.2)
	require.NoError(t, err)
	defects := 0
	for _, class := range set.Classes(validation) {
		defects += int(class)
	}
	require.Equal(t, []int{10, 20}, []int{defects, len(validation) - defects})
}

func TestSplitKeepsCopiesTogether(t *testing.T) {
	list := items(t, 20)
	for i := range 10 {
		list = append(list, Item{Name: fmt.Sprint("copy", i), Class: list[i].Class, Read: list[i].Read})
	}
	set := load(t, list)
	for seed := range uint64(20) {
		train, validation, err := splitSet(set, seed, 0.2)
		require.NoError(t, err)
		held := map[string]bool{}
		for _, i := range validation {
			held[set.Samples[i].Digest] = true
		}
		for _, i := range train {
			require.False(t, held[set.Samples[i].Digest])
		}
	}
}

func TestSplitNeedsTwo(t *testing.T) {
	set := load(t, items(t, 5)) // one defective
	_, _, err := splitSet(set, 1, 0.2)
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	set = load(t, items(t, 6))
	train, validation, err := splitSet(set, 1, 0.01)
	require.NoError(t, err)
	require.Equal(t, []int{4, 2}, []int{len(train), len(validation)})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		img, err := Decode(data)
		if err != nil {
			require.ErrorIs(t, err, inspection.ErrBadImage)
			return
		}
		require.Positive(t, img.Bounds().Dx())
	})
}
