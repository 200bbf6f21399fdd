package training

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"assay/inference/onnx"
	"assay/inspection"
	"assay/training/augment"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

// otherMake returns parts of another make: the spot is at the right, not in the middle.
func otherMake(t *testing.T, n int) []dataset.Item {
	t.Helper()
	items := parts(t, n)
	for i := range items {
		items[i].Name = "new " + items[i].Name
		read := items[i].Read
		items[i].Read = func() ([]byte, error) { return moved(t, read) }
	}
	return items
}

// moved returns the picture moved to the right by a third, going round.
func moved(t *testing.T, read func() ([]byte, error)) ([]byte, error) {
	data, err := read()
	require.NoError(t, err)
	img, err := dataset.Decode(data)
	require.NoError(t, err)
	gray, ok := img.(*image.Gray)
	require.True(t, ok)
	before := slices.Clone(gray.Pix)
	for i := range before {
		row, x := i/gray.Stride, i%gray.Stride
		gray.Pix[row*gray.Stride+(x+8)%gray.Stride] = before[i]
	}
	var b bytes.Buffer
	err = png.Encode(&b, gray)
	return b.Bytes(), err
}

func adaptRequest(t *testing.T) AdaptRequest {
	t.Helper()
	r := request(t)
	r.Augment = augment.Pipeline{}
	current, err := onnx.Decode(train(t, r).File)
	require.NoError(t, err)
	return AdaptRequest{Current: current, Name: "spot", Version: 2, New: dataset.Choice{Items: otherMake(t, 100)},
		Old: r.Dataset, Samples: []int{4, 10, 40}, Steps: 80, Batch: 8, Rate: 0.5, Seed: 5, Backend: (&fake{t: t}).factory()}
}

func TestAdaptLearnsTheNew(t *testing.T) {
	r := adaptRequest(t)
	var rows []AdaptRow
	steps := map[int]int{}
	a, err := Adapt(t.Context(), r, AdaptHooks{
		Row:  func(row AdaptRow) { rows = append(rows, row) },
		Step: func(samples int, s Step) { steps[samples] = s.Step },
	})
	require.NoError(t, err)
	require.Equal(t, rows, a.Rows)
	require.Len(t, rows, 4)
	for i, samples := range []int{0, 4, 10, 40} {
		require.Equal(t, []int{samples, 60, 24}, []int{rows[i].Samples, rows[i].NNew, rows[i].NOld})
	}
	require.Equal(t, map[int]int{4: 80, 10: 80, 40: 80}, steps)
	require.Less(t, rows[0].AccuracyNew, 70.0, "what it never saw")
	require.Greater(t, rows[3].AccuracyNew, rows[0].AccuracyNew)
	require.NotEmpty(t, a.Estimate.Text)
	model, err := onnx.Decode(a.File)
	require.NoError(t, err)
	require.Equal(t, r.Current.SHA256, model.Card.Parent)
	require.Equal(t, 40+96+24, model.Card.Samples, "none of those it is measured on")
	require.Equal(t, 4, a.BestEpoch, "the last")

	again, err := Adapt(t.Context(), r, AdaptHooks{})
	require.NoError(t, err)
	require.Equal(t, a.SHA256, again.SHA256)
}

// TestAdaptIsNested: more samples hold the fewer ones, the classes take turns,
// and copies never stand on both sides.
func TestAdaptIsNested(t *testing.T) {
	r := adaptRequest(t)
	items := otherMake(t, 30)
	for i := range items {
		items[i].Digest = string(rune('a' + i/2*2 + i%2)) // no two alike
	}
	items = append(items, items...)
	order := r.deal(items)
	require.Len(t, order, 30)
	for i, item := range order {
		require.Equal(t, inspection.Class(1-i%2), item.Class)
	}
	require.Equal(t, 22, AdaptPool(28))
	pool, held := holdOut(order, 20)
	require.Equal(t, []int{20, 10}, []int{len(pool), len(held)})
	pool, held = holdOut(order, 1000)
	require.Equal(t, []int{24, 6}, []int{len(pool), len(held)}, "a fifth is always measured")
}

func TestAdaptStopsAndKeeps(t *testing.T) {
	r := adaptRequest(t)
	for name, stopAt := range map[string]int{"first": 4, "second": 10} {
		ctx, cancel := context.WithCancel(t.Context())
		a, err := Adapt(ctx, r, AdaptHooks{Step: func(samples int, s Step) {
			if samples == stopAt && s.Step == 50 {
				cancel()
			}
		}})
		cancel()
		if name == "first" {
			require.ErrorIs(t, err, context.Canceled)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, Cancelled, a.Ending)
		require.Len(t, a.Rows, 2)
		require.NotEmpty(t, a.File)
	}
}

func TestAdaptRefuses(t *testing.T) {
	good := adaptRequest(t)
	for name, spoil := range map[string]func(*AdaptRequest){
		"no model":    func(r *AdaptRequest) { r.Current = nil },
		"no old":      func(r *AdaptRequest) { r.Old = dataset.Choice{} },
		"falling":     func(r *AdaptRequest) { r.Samples = []int{50, 25} },
		"one":         func(r *AdaptRequest) { r.Samples = []int{1} },
		"target":      func(r *AdaptRequest) { r.Target = 100 },
		"few":         func(r *AdaptRequest) { r.New.Items = otherMake(t, 2) },
		"missing":     func(r *AdaptRequest) { r.New = dataset.Choice{Source: filepath.Join(t.TempDir(), "none")} },
		"replay only": func(r *AdaptRequest) { r.ReplayShare = 1 },
	} {
		r := good
		spoil(&r)
		_, err := Adapt(t.Context(), r, AdaptHooks{})
		require.Error(t, err, name)
	}
}

// TestAdaptCutsTheCurve where there are fewer images than asked for.
func TestAdaptCutsTheCurve(t *testing.T) {
	r := adaptRequest(t)
	r.New.Items, r.Samples = otherMake(t, 20), []int{8, 30, 50}
	warned := ""
	a, err := Adapt(t.Context(), r, AdaptHooks{Warn: func(err error) { warned = err.Error() }})
	require.NoError(t, err)
	require.Len(t, a.Rows, 3)
	require.Equal(t, 16, a.Rows[2].Samples)
	require.Contains(t, warned, "16 new images to train on and 4 to measure")
}

// TestAdaptHoldsOutBothClasses also where one of them is rare, and says where the
// curve has to end.
func TestAdaptHoldsOutBothClasses(t *testing.T) {
	for name, c := range map[string]struct{ normal, defective, most, held, heldDefective int }{
		"few defects":  {140, 60, 200, 40, 12},
		"few asked":    {140, 60, 160, 40, 12},
		"fewer asked":  {140, 60, 25, 175, 47},
		"few sound":    {10, 40, 200, 10, 8},
		"two of each":  {2, 2, 200, 2, 1},
		"two defects":  {98, 2, 200, 20, 1},
		"even":         {15, 15, 200, 6, 3},
		"one of three": {3, 1, 200, 1, 0},
	} {
		var items []dataset.Item
		for i := range c.normal + c.defective {
			class := inspection.Normal
			if i >= c.normal {
				class = inspection.Defective
			}
			items = append(items, dataset.Item{Digest: strconv.Itoa(i), Class: class})
		}
		order := AdaptRequest{Seed: 5}.deal(items)
		pool, held := holdOut(order, c.most)
		require.Len(t, held, c.held, name)
		require.Len(t, pool, len(order)-c.held, name)
		defective := 0
		for _, item := range held {
			defective += int(item.Class)
		}
		require.Equal(t, c.heldDefective, defective, name)
	}
}

func TestAdaptLearnsOfFewDefects(t *testing.T) {
	r := adaptRequest(t)
	rare := 0
	r.New.Items = slices.DeleteFunc(r.New.Items, func(item dataset.Item) bool {
		if item.Class == inspection.Defective {
			rare++
		}
		return item.Class == inspection.Defective && rare > 15
	})
	r.Samples = []int{4, 200}
	warned := ""
	a, err := Adapt(t.Context(), r, AdaptHooks{Warn: func(err error) { warned = err.Error() }})
	require.NoError(t, err)
	require.Equal(t, []int{52, 13}, []int{a.Rows[2].Samples, a.Rows[2].NNew})
	require.Contains(t, warned, "52 new images to train on and 13 to measure")
}
