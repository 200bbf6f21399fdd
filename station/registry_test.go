package station

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// modelBytes returns a small custom network with fresh weights.
func modelBytes(t testing.TB, name string, seed uint64) []byte {
	t.Helper()
	return modelTrainedOn(t, name, seed, "")
}

// modelTrainedOn names the samples that the model learnt from.
func modelTrainedOn(t testing.TB, name string, seed uint64, dataset string) []byte {
	t.Helper()
	n := architecture.Custom(32)
	w, err := n.Initialize(seed)
	require.NoError(t, err)
	count, err := n.Count()
	require.NoError(t, err)
	data, err := onnx.Encode(inspection.ModelCard{
		Name: name, Version: 1, Architecture: n.Name, Input: n.Input, Part: "Test part", Parameters: count,
		Classes: []string{"normal", "defective"}, Thresholds: inspection.Thresholds{Pass: 0.2, Fail: 0.8}, Seed: seed, Dataset: dataset,
	}, n, w)
	require.NoError(t, err)
	return data
}

func newTestRegistry(t testing.TB) *Registry {
	bundled := fstest.MapFS{"demo.onnx": {Data: modelBytes(t, "demo", 1)}}
	return NewRegistry(filepath.Join(t.TempDir(), "models"), bundled, func(context.Context, string) error { return nil })
}

func TestRegistryShowsBundledModels(t *testing.T) {
	list, err := newTestRegistry(t).List()
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.True(t, list[0].Bundled)
	require.True(t, list[0].Active, "the only version is the active one")
	require.Equal(t, inspection.Parameters{Total: 5865, Trainable: 5801, NonTrainable: 64}, list[0].Card.Parameters)
}

func TestRegistryPromotesAndRollsBack(t *testing.T) {
	r := newTestRegistry(t)
	added, err := r.Add("demo", modelBytes(t, "demo", 2))
	require.NoError(t, err)
	require.Equal(t, 2, added.Ref.Version)

	active, err := r.Find("demo", 0)
	require.NoError(t, err)
	require.Equal(t, 1, active.Ref.Version, "a new version is not promoted by itself")

	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p, err := r.Promote("demo", 2, PromotionOptions{By: "Ada", Reason: "fewer escapes"}, at)
	require.NoError(t, err)
	require.Equal(t, Promotion{Name: "demo", From: 1, To: 2, By: "Ada", Reason: "fewer escapes", At: at}, p)
	m, err := r.Load("demo", 0)
	require.NoError(t, err)
	require.Equal(t, added.Ref, m.Ref())

	_, err = r.Rollback("demo", "Ada", "", at)
	require.NoError(t, err)
	active, err = r.Find("demo", 0)
	require.NoError(t, err)
	require.Equal(t, 1, active.Ref.Version)
	history, err := r.Promotions("demo")
	require.NoError(t, err)
	require.Len(t, history, 2, "a roll-back is an event too")
}

func TestRegistryRefuses(t *testing.T) {
	r := newTestRegistry(t)
	_, err := r.Promote("demo", 7, PromotionOptions{By: "Ada"}, time.Now())
	require.ErrorIs(t, err, inspection.ErrNotFound)
	_, err = r.Rollback("demo", "Ada", "", time.Now())
	require.ErrorIs(t, err, inspection.ErrNotFound)
	_, err = r.Add("../up", modelBytes(t, "up", 1))
	require.Error(t, err)
	_, err = r.Add("demo", []byte("no model"))
	require.ErrorIs(t, err, inspection.ErrBadModel)
	for _, name := range []string{"demo@", "demo@0", "demo@x", "demo@-1", "a b", "a/b", ""} {
		_, _, err := ParseModelName(name)
		require.ErrorAs(t, err, &ModelNameError{}, name)
	}
}

func TestRegistryChecksForeignFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "foreign.onnx")
	require.NoError(t, os.WriteFile(file, modelBytes(t, "foreign", 3), 0o600))
	refused := errors.New("OpenCV died")
	r := NewRegistry(t.TempDir(), fstest.MapFS{}, func(_ context.Context, checked string) error {
		require.Equal(t, file, checked)
		return refused
	})
	_, err := r.Import(t.Context(), file, "")
	require.ErrorIs(t, err, refused)
	list, err := r.List()
	require.NoError(t, err)
	require.Empty(t, list, "a refused file is not registered")

	r.check = func(context.Context, string) error { return nil }
	m, err := r.Import(t.Context(), file, "")
	require.NoError(t, err)
	require.Equal(t, "foreign", m.Ref.Name)
}

func TestRegistryKeepsGoodModelsBesideADamagedOne(t *testing.T) {
	r := newTestRegistry(t)
	added, err := r.Add("demo", modelBytes(t, "demo", 2))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(r.file(added.Ref), []byte("damaged"), 0o600))
	list, err := r.List()
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func TestExportNeverOverwrites(t *testing.T) {
	r := newTestRegistry(t)
	file := filepath.Join(t.TempDir(), "out.onnx")
	require.NoError(t, r.Export("demo", 1, file))
	require.ErrorIs(t, r.Export("demo", 1, file), inspection.ErrExists)
	m, err := onnx.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "demo", m.Card.Name)
}
