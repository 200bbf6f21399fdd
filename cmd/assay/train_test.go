package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"assay/capture/demo"
	"assay/inference/onnx"
	"assay/training"

	"github.com/stretchr/testify/require"
)

// childTraining is `assay train` in a process of its own.
type childTraining struct {
	*exec.Cmd
	lines    *bufio.Scanner
	messages io.ReadCloser
}

func startTraining(t *testing.T, data string, arguments ...string) *childTraining {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), program, append([]string{"train", "--json", "--data", data}, arguments...)...)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	messages, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return &childTraining{cmd, bufio.NewScanner(stdout), messages}
}

// line returns the next line of output.
func (c *childTraining) line(t *testing.T) string {
	t.Helper()
	require.True(t, c.lines.Scan(), "the training ended early")
	return c.lines.Text()
}

// digest returns the result's SHA-256 after the last line.
func (c *childTraining) digest(t *testing.T) string {
	t.Helper()
	var last string
	for c.lines.Scan() {
		last = c.lines.Text()
	}
	var row trainedRow
	require.NoError(t, json.Unmarshal([]byte(last), &row), last)
	require.NoError(t, c.Wait())
	require.Len(t, row.SHA256, 64)
	return row.SHA256
}

// drain reads the messages in the background, as a pipe must be read.
func (c *childTraining) drain(t *testing.T) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, c.messages)
	}()
	t.Cleanup(func() { <-done })
}

func trainingArguments(parts string) []string {
	return []string{"--dataset", parts, "--name", "mine", "--epochs", "30", "--input", "32", "--patience", "-1", "--seed", "3", "--threads", "1",
		"--augment", "hflip,rotate=20", "--average", "ema=0.9", "--class-weights", "balanced", "--label-smoothing", "0.05"}
}

// TestKillAndResume: kill -9 in the middle and --resume give the same file as a
// training that nobody disturbed, and nothing is registered in between.
func TestKillAndResume(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 30)
	undisturbed := startTraining(t, filepath.Join(dir, "one"), trainingArguments(parts)...)
	undisturbed.drain(t)
	want := undisturbed.digest(t)

	data := filepath.Join(dir, "two")
	killed := startTraining(t, data, trainingArguments(parts)...)
	killed.drain(t)
	for range 4 {
		killed.line(t)
	}
	require.NoError(t, killed.Process.Kill())
	require.Error(t, killed.Wait())
	require.FileExists(t, filepath.Join(data, "checkpoints", "mine.checkpoint"))
	_, out, _ := assay(t, data, "models", "list", "--json")
	require.NotContains(t, out, `"mine"`)

	resumed := startTraining(t, data, append(trainingArguments(parts), "--resume")...)
	resumed.drain(t)
	first := resumed.line(t)
	require.NotContains(t, first, `"epoch":1,`, "it goes on, it does not start again")
	require.Equal(t, want, resumed.digest(t))
	require.NoFileExists(t, filepath.Join(data, "checkpoints", "mine.checkpoint"))
}

// TestNothingToResume is said, rather than trained from the beginning.
func TestNothingToResume(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 24)
	code, out, messages := assay(t, filepath.Join(dir, "data"), append([]string{"train", "--resume"}, trainingArguments(parts)...)...)
	require.Equal(t, exitFailed, code)
	require.Empty(t, out)
	require.Contains(t, messages, "nothing to resume")
	require.Contains(t, messages, "leave out --resume to train from the beginning")
	require.NotContains(t, messages, "Training on")
}

// TestTwoTrainingsOfOneName would write one checkpoint: the second is refused, and
// the first goes on. Killed, it holds nobody up.
func TestTwoTrainingsOfOneName(t *testing.T) {
	dir := t.TempDir()
	parts, data := filepath.Join(dir, "parts"), filepath.Join(dir, "data")
	writeParts(t, parts, 24)
	long := append(trainingArguments(parts), "--epochs", "5000")
	first := startTraining(t, data, long...)
	first.drain(t)
	first.line(t)
	for _, more := range [][]string{nil, {"--resume"}, {"--output", filepath.Join(dir, "mine.onnx")}} {
		code, _, messages := assay(t, data, slices.Concat([]string{"train"}, trainingArguments(parts), more)...)
		require.Equal(t, exitFailed, code)
		require.Contains(t, messages, "Another training of this name is running")
	}
	state := filepath.Join(data, "checkpoints", "mine.checkpoint")
	first.line(t) // an epoch is told before its checkpoint is written: the next one is told after
	require.FileExists(t, state)
	require.NoError(t, first.Process.Kill())
	require.Error(t, first.Wait())
	resumed := startTraining(t, data, append(long, "--resume")...)
	resumed.drain(t)
	require.NotContains(t, resumed.line(t), `"epoch":1,`, "it goes on")
	require.NoError(t, resumed.Process.Signal(os.Interrupt))
	resumed.digest(t)
	left, err := os.ReadDir(filepath.Dir(state))
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestPauseAndGoOn by signals, told on stderr with machine-readable progress;
// then an interrupt keeps the best epoch.
func TestPauseAndGoOn(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 24)
	arguments := append(trainingArguments(parts), "--epochs", "5000", "--seed", "4")
	child := startTraining(t, filepath.Join(dir, "data"), arguments...)
	messages := bufio.NewScanner(child.messages)
	said := func(want string) {
		for messages.Scan() {
			text := messages.Text()
			if rest, ok := strings.CutPrefix(text, "progress "); ok {
				require.True(t, json.Valid([]byte(rest)), rest)
			}
			if strings.HasPrefix(text, want) {
				return
			}
		}
		require.Fail(t, "never said "+want)
	}
	// Room for all lines: a child whose lines nobody takes while its messages are waited for would wait itself.
	quiet := make(chan string, 6000)
	go func() {
		defer close(quiet)
		for child.lines.Scan() {
			quiet <- child.lines.Text()
		}
	}()
	said(`progress {"stage":"train"`)
	<-quiet
	require.NoError(t, child.Process.Signal(syscall.SIGUSR1))
	said("Paused")
	deadline, silent := time.After(20*time.Second), false
	for !silent { // epochs printed before the pause took hold come first
		select {
		case <-quiet:
		case <-time.After(300 * time.Millisecond):
			silent = true
		case <-deadline:
			require.Fail(t, "it does not pause")
		}
	}
	require.NoError(t, child.Process.Signal(syscall.SIGUSR2))
	said("Going on")
	<-quiet
	require.NoError(t, child.Process.Signal(os.Interrupt))
	var last string
	go func() { _, _ = io.Copy(io.Discard, child.messages) }()
	for line := range quiet {
		last = line
	}
	require.NoError(t, child.Wait())
	var row trainedRow
	require.NoError(t, json.Unmarshal([]byte(last), &row))
	require.Equal(t, "cancelled", string(row.Ending))
	require.Equal(t, 1, row.Version)
}

// TestEvaluateBeside judges two models on the same images and says which is better.
func TestEvaluateBeside(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 30)
	code, out, messages := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--beside", "casting", "--scores", "--json")
	require.Equal(t, exitDone, code, messages)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 3)
	rows := decodeRows[evaluateRow](t, lines[0]+"\n"+lines[1]+"\n")
	require.Equal(t, []string{"demo", "casting"}, []string{rows[0].Model, rows[1].Model})
	require.Len(t, rows[0].Images, 30)
	require.Equal(t, rows[0].Images[7].Digest, rows[1].Images[7].Digest)
	require.Equal(t, 30, rows[0].Decided.N+count(rows[0].Images, "review"))
	c := decodeRows[comparisonRow](t, lines[2])[0].Comparison
	require.Equal(t, 30, c.Paired.N)
	require.Equal(t, rows[0].Confusion, c.Candidate.Confusion)
	require.NotEmpty(t, c.Words)
	require.Zero(t, rows[0].TestUses, "a folder without parts has no test part to lock")
}

func count[T any](list []T, verdict string) (n int) {
	for _, v := range list {
		data, _ := json.Marshal(v)
		if strings.Contains(string(data), `"verdict":"`+verdict+`"`) {
			n++
		}
	}
	return n
}

// TestTestPartIsCounted: each evaluation on a test part of its own adds to the count.
func TestTestPartIsCounted(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 24)
	for use := 1; use <= 2; use++ {
		code, out, messages := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--split", "random", "--json")
		require.Equal(t, exitDone, code, messages)
		row := decodeRows[evaluateRow](t, out)[0]
		require.Equal(t, use, row.TestUses)
		require.Equal(t, "test", row.Part)
		require.Less(t, row.N, 24)
	}
}

// TestAdaptDrawsTheCurve and registers the result as the next version.
func TestAdaptDrawsTheCurve(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 40)
	code, out, messages := assay(t, dir, "adapt", "--model", "casting", "--dataset", parts, "--replay", parts, "--split", "random",
		"--samples", "4,8", "--steps", "16", "--name", "casting", "--json")
	require.Equal(t, exitFailed, code, "nothing old is left once the new images are taken out")
	require.Contains(t, messages, "needed")
	require.Empty(t, out)

	old := filepath.Join(dir, "old")
	require.NoError(t, os.Mkdir(old, 0o750))
	studio := demo.NewStudio(77)
	for part := uint64(1); part <= 30; part++ {
		require.NoError(t, exportPart(old, studio, 77, part))
	}
	code, out, messages = assay(t, dir, "adapt", "--model", "demo", "--dataset", parts, "--replay", old, "--samples", "4,8", "--steps", "16", "--json")
	require.Equal(t, exitDone, code, messages)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 4)
	rows := decodeRows[training.AdaptRow](t, strings.Join(lines[:3], "\n")+"\n")
	require.Equal(t, []int{0, 4, 8}, []int{rows[0].Samples, rows[1].Samples, rows[2].Samples})
	last := decodeRows[adaptedRow](t, lines[3]+"\n")[0]
	require.Equal(t, "demo", last.Model)
	require.Equal(t, 2, last.Version)
	require.NotEmpty(t, last.Estimate.Text)
	_, out, _ = assay(t, dir, "models", "show", "demo@2", "--json")
	require.Contains(t, out, "assay adapt --model demo --dataset "+parts)
}

// TestPerturbPrintsATable for both models, and judges the paper's augmented test
// the same for all.
func TestPerturbPrintsATable(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 12)
	code, out, messages := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--beside", "casting", "--perturb", "--json")
	require.Equal(t, exitDone, code, messages)
	rows := decodeRows[training.PerturbationRow](t, out)
	half := len(training.PerturbationSuite()) + 2
	require.Len(t, rows, 2*half)
	require.Equal(t, []string{"none", "mean", "worst"}, []string{rows[0].Perturbation, rows[half-2].Perturbation, rows[half-1].Perturbation})
	require.Equal(t, "casting", rows[half].Model)
	sum, least := 0.0, 100.0
	for _, row := range rows[1 : half-2] {
		sum, least = sum+row.Accuracy, min(least, row.Accuracy)
		require.Equal(t, 12, row.N)
	}
	require.InDelta(t, sum/float64(half-3), rows[half-2].Accuracy, 1e-9)
	require.Equal(t, least, rows[half-1].Accuracy)

	_, plain, _ := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--json")
	require.Equal(t, rows[0].Accuracy, decodeRows[evaluateRow](t, plain)[0].Accuracy)
	code, augmented, messages := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--augment", "paper", "--scores", "--json")
	require.Equal(t, exitDone, code, messages)
	_, again, _ := assay(t, dir, "evaluate", "--dataset", parts, "--model", "demo", "--augment", "paper", "--scores", "--json", "--batch", "5")
	require.Equal(t, decodeRows[evaluateRow](t, augmented)[0].Images, decodeRows[evaluateRow](t, again)[0].Images)
}

// TestKeepSaysWhichEpoch: the last one where that is asked for, which the model's
// command says too.
func TestKeepSaysWhichEpoch(t *testing.T) {
	o := trainOptions{name: "mine", keep: "best", recalibrate: "plain", classWeights: "none", vary: training.DefaultVariants}
	r, err := o.method()
	require.NoError(t, err)
	require.False(t, r.KeepLast)
	o.keep = "last"
	r, err = o.method()
	require.NoError(t, err)
	require.True(t, r.KeepLast)

	dir := t.TempDir()
	parts, model := filepath.Join(dir, "parts"), filepath.Join(dir, "mine.onnx")
	writeParts(t, parts, 30)
	code, out, messages := assay(t, dir, "train", "--dataset", parts, "--name", "mine", "--epochs", "4", "--input", "16", "--threads", "1", "--keep", "last", "--output", model)
	require.Zero(t, code, messages)
	require.Contains(t, out, "last epoch 4 ")
	file, err := os.ReadFile(model)
	require.NoError(t, err)
	m, err := onnx.Decode(file)
	require.NoError(t, err)
	require.Contains(t, m.Card.Command, "--keep last")
}
