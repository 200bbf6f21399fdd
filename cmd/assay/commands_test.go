package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/capture/demo"

	"github.com/stretchr/testify/require"
)

// assay runs a command line on a data folder of its own.
func assay(t *testing.T, data string, arguments ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, messages bytes.Buffer
	code = run(t.Context(), append(arguments, "--data", data), &out, &messages)
	return code, out.String(), messages.String()
}

// writeParts exports parts of the demo line to class folders.
func writeParts(t *testing.T, dir string, parts int) {
	t.Helper()
	writeSeeded(t, dir, 5, parts)
}

// writeSeeded writes parts that are others for each seed.
func writeSeeded(t *testing.T, dir string, seed uint64, parts int) {
	t.Helper()
	studio := demo.NewStudio(seed)
	for part := uint64(1); part <= uint64(parts); part++ {
		require.NoError(t, exportPart(dir, studio, seed, part))
	}
}

func TestWrongUsageIsExitTwo(t *testing.T) {
	for _, line := range []string{
		"frobnicate", "log", "models", "inspect", "inspect --source nowhere", "inspect --source demo --trigger sometimes",
		"inspect --source demo --limit -1", "inspect --source demo --engine abacus", "bench latency --batch -1", "train --dataset x", "train --dataset x --name a/b", "train --dataset x --name a --augment swirl",
		"train --dataset x --name a --warmup NaN", "train --dataset x --name a --threads -5", "train --dataset x --name a --batch -1", "train --dataset x --name a --input 3",
		"train --dataset x --name a --learning-rate NaN", "train --dataset x --name a --validation 2", "train --dataset x --name a --variants 1000",
		"train --dataset x --name a --calibrate foo", "train --dataset x --name a --keep worst", "train --dataset x --name a --recalibrate all", "train --dataset x --name a --replay y --replay-share 0.99",
		"adapt --model demo --dataset x --replay y --target 3", "adapt --model demo --dataset x --replay y --learning-rate 9", "adapt --model demo --dataset x --replay y --threads -1",
		"train --dataset x --name a --epochs 0", "train --dataset x --name a --batch 0", "train --dataset x --name a --learning-rate 0", "train --dataset x --name a --validation 0",
		"train --dataset x --name a --patience 0", "train --dataset x --name a --input 0", "train --dataset x --name a --views 0",
		"train --dataset x --name a --replay y --replay-share 0", "train --dataset x --name a --warmup -1", "train --dataset x --name a --fold 1/100000", "train --dataset x --name a --vary hflip",
		"train --dataset x --name a --model resnet", "adapt --model demo --dataset x --replay y --steps 0", "adapt --model demo --dataset x --replay y --batch 0",
		"adapt --model demo --dataset x --replay y --replay-share 0", "adapt --model demo --dataset x --replay y --learning-rate 0", "adapt --model demo --dataset x --replay y --target 0",
		"dataset import --dataset x --name a --test 0", "dataset import --dataset x --name a --validation 0", "dataset audit --dataset x --threads -2", "dataset audit --dataset x --pairs -1",
		"evaluate --model casting --dataset x --threads -2", "evaluate --model casting --dataset x --part foo", "evaluate --model casting --dataset x --validation 0",
		"bench training --input 3", "bench training --models resnet", "evaluate --model casting", "log list --verdict maybe", "log list --from yesterday", "models show a@b", "bench latency --threads 0", "devices --loud",
	} {
		code, out, messages := assay(t, t.TempDir(), strings.Fields(line)...)
		require.Equal(t, exitUsage, code, line)
		require.Empty(t, out, line)
		require.Contains(t, messages, "assay help", line)
	}
}

// TestBadInputIsASentence: each says what happened, and exits with 1.
func TestBadInputIsASentence(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	require.NoError(t, os.Mkdir(empty, 0o750))
	text := filepath.Join(dir, "text.onnx")
	require.NoError(t, os.WriteFile(text, []byte("no model at all"), 0o600))
	for line, want := range map[string]string{
		"inspect --source folder:" + empty:                       "no picture",
		"inspect --source folder:/does/not/exist":                "not found",
		"inspect --source video:" + text:                         "cannot be read",
		"inspect --source camera:/dev/video97":                   "not found",
		"inspect --source demo --model nobody":                   "does not exist",
		"inspect --source demo --model " + text:                  "no model that Assay can run",
		"models import " + text:                                  "no model that Assay can run",
		"models promote casting@9":                               "does not exist",
		"models rollback":                                        "nothing was promoted",
		"evaluate --model casting --dataset " + empty:            "data set cannot be used",
		"train --name x --dataset " + empty:                      "data set cannot be used",
		"log show 01ARZ3NDEKTSV4RRFFQ69G5FAV":                    "does not exist",
		"inspect --source demo --recipe Valve --limit 1":         "does not exist",
		"evaluate --model casting@3 --dataset " + dir:            "does not exist",
		"log restore " + filepath.Join(dir, "none.tar"):          "none.tar",
		"models export casting " + text:                          "taken",
		"models import " + filepath.Join(dir, "missing.onnx"):    "missing.onnx",
		"inspect --no-log --model demo --source folder:" + empty: "no picture",
	} {
		code, _, messages := assay(t, t.TempDir(), strings.Fields(line)...)
		require.Equal(t, exitFailed, code, "%s: %s", line, messages)
		require.Contains(t, messages, want, line)
	}
}

func TestInspectLogsEveryPictureOnce(t *testing.T) {
	dir := t.TempDir()
	parts, data := filepath.Join(dir, "parts"), filepath.Join(dir, "data")
	writeParts(t, parts, 12)
	damaged := filepath.Join(parts, "normal", "zz-damaged.png")
	require.NoError(t, os.WriteFile(damaged, []byte("\x89PNG cut off"), 0o600))

	code, out, messages := assay(t, data, "inspect", "--source", "folder:"+parts, "--model", "demo", "--json")
	require.Equal(t, exitFailed, code, "a picture was left out, and that is said")
	require.Contains(t, messages, "1 picture could not be read")
	rows := decodeRows[inspectRow](t, out)
	require.Len(t, rows, 12)
	right := 0
	for _, r := range rows {
		require.NotEmpty(t, r.ID)
		require.Equal(t, "demo", r.Model)
		if (r.Score >= 0.5) == (r.Truth.Class == 1) {
			right++
		}
	}
	require.GreaterOrEqual(t, right, 11)

	code, out, _ = assay(t, data, "log", "verify", "--json")
	require.Equal(t, exitDone, code)
	require.Equal(t, verifyRow{Segments: 1, Records: 12, Images: 12}, decodeRows[verifyRow](t, out)[0])

	code, out, _ = assay(t, data, "log", "list", "--json", "--limit", "5")
	require.Equal(t, exitDone, code)
	require.Len(t, strings.Split(strings.TrimSpace(out), "\n"), 5)

	code, out, messages = assay(t, data, "inspect", "--source", "folder:"+parts, "--model", "casting", "--json")
	require.Equal(t, exitFailed, code, messages)
	flagged := 0
	for _, r := range slices.Concat(rows, decodeRows[inspectRow](t, out)) {
		if r.Familiarity != nil && r.Familiarity.Unfamiliar {
			flagged++
		}
	}
	code, out, _ = assay(t, data, "log", "list", "--json", "--unfamiliar")
	require.Equal(t, exitDone, code)
	require.Equal(t, flagged, strings.Count(out, "\n"))
	require.Positive(t, flagged, "the casting model has learnt nothing of the demo line")
	require.Less(t, flagged, 24, "and the demo model its own parts")
}

func decodeRows[T any](t *testing.T, text string) []T {
	t.Helper()
	var rows []T
	for line := range strings.Lines(text) {
		var row T
		require.NoError(t, json.Unmarshal([]byte(line), &row), line)
		rows = append(rows, row)
	}
	return rows
}

// TestInspectAndEvaluateAgree holds the two ways of judging a file to the same
// answers, whichever engine runs them.
func TestInspectAndEvaluateAgree(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 16)
	scores := map[string]float64{}
	for _, engine := range []string{"native", "opencv"} {
		code, out, messages := assay(t, dir, "inspect", "--source", "folder:"+parts, "--model", "demo", "--engine", engine, "--no-log", "--json")
		require.Equal(t, exitDone, code, messages)
		wrong := 0
		for _, r := range decodeRows[inspectRow](t, out) {
			if before, seen := scores[r.Image]; seen {
				require.InDelta(t, before, r.Score, 1e-4, r.Image)
			}
			scores[r.Image] = r.Score
			if (r.Score >= 0.5) != (r.Truth.Class == 1) {
				wrong++
			}
		}
		code, out, messages = assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--engine", engine, "--json")
		require.Equal(t, exitDone, code, messages)
		row := decodeRows[evaluateRow](t, out)[0]
		require.Equal(t, 16, row.N)
		require.InDelta(t, 100*float64(16-wrong)/16, row.Accuracy, 1e-9)
	}
}

// TestTrainInViews: the card says in how many views the model judges, and a
// training that starts from it keeps them.
func TestTrainInViews(t *testing.T) {
	dir := t.TempDir()
	parts, data := filepath.Join(dir, "parts"), filepath.Join(dir, "data")
	writeParts(t, parts, 60)
	code, _, messages := assay(t, data, "train", "--dataset", parts, "--name", "mine", "--views", "3")
	require.Equal(t, exitUsage, code)
	require.Contains(t, messages, "1, 2, 4 or 8")
	code, _, messages = assay(t, data, "train", "--dataset", parts, "--name", "mine", "--epochs", "1", "--input", "32", "--views", "8")
	require.Equal(t, exitDone, code, messages)
	code, _, messages = assay(t, data, "train", "--dataset", parts, "--name", "mine", "--epochs", "1", "--init", "mine@1")
	require.Equal(t, exitDone, code, messages)
	for _, name := range []string{"mine@1", "mine@2"} {
		_, out, _ := assay(t, data, "models", "show", name)
		require.Contains(t, out, "1 channel 32×32, judged in 8 views")
	}
	_, out, _ := assay(t, data, "models", "show", "mine@1", "--json")
	require.Equal(t, "assay train --dataset "+parts+" --name mine --input 32 --views 8 --epochs 1 --seed 1", decodeRows[modelRow](t, out)[0].Card.Command)
	_, out, _ = assay(t, data, "models", "show", "casting")
	require.Contains(t, out, "1 channel 128×128, normalisation disc, judged in 8 views\n")
	code, out, messages = assay(t, data, "evaluate", "--model", "mine@2", "--beside", "mine@1", "--dataset", parts, "--part", "validation", "--json")
	require.Equal(t, exitDone, code, messages)
	require.Len(t, strings.Split(strings.TrimSpace(out), "\n"), 3)
	code, out, messages = assay(t, data, "bench", "latency", "--models", "mine@1,demo", "--rounds", "2", "--engines", "native", "--json")
	require.Equal(t, exitDone, code, messages)
	rows := decodeRows[latencyRow](t, out)
	require.Equal(t, []int{8, 1}, []int{rows[0].Views, rows[1].Views})
	code, out, messages = assay(t, data, "bench", "latency", "--models", "mine@1", "--rounds", "2", "--views", "4", "--input", "24", "--json")
	require.Equal(t, exitDone, code, messages)
	rows = decodeRows[latencyRow](t, out)
	require.Equal(t, []int{4, 24, 4, 24}, []int{rows[0].Views, rows[0].Input, rows[1].Views, rows[1].Input})
}

// TestTrainEvaluatePromote goes once around the engineer's circle.
func TestTrainEvaluatePromote(t *testing.T) {
	dir := t.TempDir()
	parts, data := filepath.Join(dir, "parts"), filepath.Join(dir, "data")
	writeParts(t, parts, 60)
	for version := 1; version <= 2; version++ {
		code, out, messages := assay(t, data, "train", "--dataset", parts, "--name", "mine", "--epochs", "2", "--input", "32",
			"--augment", "hflip,rotate", "--seed", fmt.Sprint(version), "--json")
		require.Equal(t, exitDone, code, messages)
		rows := decodeRows[trainedRow](t, out)
		require.Len(t, rows, 3, "a row an epoch, and the result")
		require.Equal(t, version, rows[2].Version)
		require.Len(t, rows[2].SHA256, 64)
	}
	code, out, _ := assay(t, data, "models", "list", "--json")
	require.Equal(t, exitDone, code)
	active := map[string]int{}
	for _, r := range decodeRows[modelRow](t, out) {
		require.Equal(t, 5865, r.Parameters.Total)
		if r.Active {
			active[r.Name] = r.Version
		}
	}
	require.Equal(t, map[string]int{"casting": 1, "demo": 1, "mine": 1}, active)
	code, _, _ = assay(t, data, "models", "promote", "mine", "--by", "Ada", "--reason", "better")
	require.Equal(t, exitDone, code)
	_, out, _ = assay(t, data, "models", "show", "mine", "--json")
	require.Equal(t, 2, decodeRows[modelRow](t, out)[0].Version)
	code, _, _ = assay(t, data, "models", "rollback", "mine")
	require.Equal(t, exitDone, code)
	_, out, _ = assay(t, data, "models", "show", "mine", "--json")
	row := decodeRows[modelRow](t, out)[0]
	require.Equal(t, 1, row.Version)
	require.Equal(t, "assay train --dataset "+parts+" --name mine --augment hflip,rotate --input 32 --epochs 2 --seed 1", row.Card.Command)
}
