package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAFolderThatDoesNotExistHasNoLog: a misspelt --data must not look like a
// log without records.
func TestAFolderThatDoesNotExistHasNoLog(t *testing.T) {
	typo := filepath.Join(t.TempDir(), "typo")
	for _, line := range []string{"log verify", "log list", "log show 01ARZ3NDEKTSV4RRFFQ69G5FAV", "log export " + t.TempDir(), "log backup x.tar"} {
		code, out, messages := assay(t, typo, strings.Fields(line)...)
		require.Equal(t, exitFailed, code, line)
		require.Empty(t, out, line)
		require.Contains(t, messages, "does not exist", line)
		require.NoDirExists(t, typo, line)
	}
}

// TestAMistypedDataFolderHoldsNothing: what reads says so, and makes none. The
// default folder need not be there at the first start.
func TestAMistypedDataFolderHoldsNothing(t *testing.T) {
	parts, home := t.TempDir(), t.TempDir()
	writeParts(t, parts, 16)
	t.Setenv("XDG_DATA_HOME", home)
	typo := filepath.Join(home, "typo")
	for _, line := range []string{"models list", "models show casting", "models history", "models export casting " + filepath.Join(home, "c.onnx"), "dataset list", "dataset show parts",
		"evaluate --model demo --split random --dataset " + parts} {
		code, out, messages := assay(t, typo, strings.Fields(line)...)
		require.Equal(t, exitFailed, code, line)
		require.Empty(t, out, line)
		require.Contains(t, messages, "data folder "+typo+" does not exist", line)
		require.NoDirExists(t, typo, line)
		if line == "dataset show parts" {
			continue
		}
		var printed, said bytes.Buffer
		require.Equal(t, exitDone, run(t.Context(), strings.Fields(line), &printed, &said), "%s: %s", line, said.String())
	}
}

func TestANameThatCanBeNoModelIsWrongUsage(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for _, name := range []string{"a b", "casting@0", "casting@-1", "casting@", ""} {
		for _, line := range [][]string{
			{"inspect", "--source", "demo", "--model", name}, {"evaluate", "--dataset", "x", "--model", name},
			{"models", "show", name}, {"models", "promote", name}, {"models", "export", name, "x.onnx"},
		} {
			code, out, messages := assay(t, data, line...)
			require.Equal(t, exitUsage, code, "%q: %s", line, messages)
			require.Empty(t, out, line)
			require.Contains(t, messages, "want ", line)
		}
	}
	code, _, _ := assay(t, data, "models", "rollback", "a b")
	require.Equal(t, exitUsage, code)
	require.NoDirExists(t, data, "nothing was made for nothing")
}

func TestDoctorNamesWhatIsWrong(t *testing.T) {
	data := t.TempDir()
	code, out, _ := assay(t, data, "doctor", "--json")
	require.Equal(t, exitDone, code)
	row := decodeRows[doctorRow](t, out)[0]
	require.Empty(t, row.Problems)
	require.NotEmpty(t, row.Reason)
	require.Equal(t, noONNXRuntime, row.ONNXRuntime)

	require.NoError(t, os.MkdirAll(filepath.Join(data, "recipes"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(data, "recipes", "valve.json"), []byte("{"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join(data, "models", "own"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(data, "models", "own", "1.onnx"), []byte("damaged"), 0o600))
	_, out, _ = assay(t, data, "doctor", "--json")
	problems := strings.Join(decodeRows[doctorRow](t, out)[0].Problems, "\n")
	require.Contains(t, problems, "valve.json")
	require.Contains(t, problems, "1.onnx")

	g := &globals{data: data}
	p, err := g.params()
	require.NoError(t, err)
	require.Len(t, p.Notices, 1, "the window shows it too")
	require.Contains(t, p.Notices[0], "valve.json")
}

func TestModelsKeepTheirHistory(t *testing.T) {
	data := t.TempDir()
	code, _, messages := assay(t, data, "models", "history", "nobody")
	require.Equal(t, exitFailed, code)
	require.Contains(t, messages, "does not exist")
	file := filepath.Join(t.TempDir(), "casting.onnx")
	code, _, messages = assay(t, data, "models", "export", "casting", file)
	require.Equal(t, exitDone, code, messages)
	code, _, messages = assay(t, data, "models", "import", file)
	require.Equal(t, exitDone, code, messages)
	for _, line := range []string{"models promote casting@2 --by Ada --reason better --pass 0.1 --fail 0.7", "models rollback casting --by Ben --reason worse"} {
		code, _, messages = assay(t, data, strings.Fields(line)...)
		require.Equal(t, exitDone, code, messages)
	}
	code, out, _ := assay(t, data, "models", "history", "casting", "--json")
	require.Equal(t, exitDone, code)
	rows := decodeRows[map[string]any](t, out)
	require.Len(t, rows, 2)
	require.Equal(t, map[string]any{"pass": 0.1, "fail": 0.7}, rows[0]["thresholds"])
	require.Equal(t, "roll-back", rows[1]["kind"])
	require.Equal(t, "worse", rows[1]["reason"])
	code, _, messages = assay(t, data, "models", "rollback", "casting")
	require.Equal(t, exitFailed, code)
	require.Contains(t, messages, "nothing was promoted")
	for _, line := range []string{"models promote casting@2 --pass 0.1", "models promote casting@2 --pass 0.9 --fail 0.1"} {
		code, _, messages = assay(t, data, strings.Fields(line)...)
		require.Equal(t, exitUsage, code, messages)
	}
}
