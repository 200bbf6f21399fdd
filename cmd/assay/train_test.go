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
