package station

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"assay/assets"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

func TestBundledRecipesAreSound(t *testing.T) {
	list, err := LoadRecipes(assets.Recipes(), filepath.Join(t.TempDir(), "none"))
	require.NoError(t, err)
	require.Len(t, list, 2)
}

func TestOwnRecipesReplaceAndBadOnesAreReported(t *testing.T) {
	bundled := fstest.MapFS{"a.json": {Data: []byte(`{"name":"A","part":"x","model":"m","trigger":"manual"}`)}}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"own.json":     `{"name":"A","part":"y","model":"m","trigger":"continuous"}`,
		"trigger.json": `{"name":"B","model":"m","trigger":"sometimes"}`,
		"crossed.json": `{"name":"C","model":"m","trigger":"manual","thresholds":{"pass":0.9,"fail":0.1}}`,
		"broken.json":  `{`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	list, err := LoadRecipes(bundled, dir)
	require.Equal(t, []inspection.Recipe{{Name: "A", Part: "y", Model: "m", Trigger: inspection.TriggerContinuous}}, list)
	for _, file := range []string{"trigger.json", "crossed.json", "broken.json"} {
		require.ErrorContains(t, err, file)
	}
}
