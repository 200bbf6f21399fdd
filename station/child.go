package station

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// childPriority is the nice value of training: the line goes first.
const childPriority = 15

// child is a running command of this program.
type child struct{ process *os.Process }

// stop asks the child to finish early, as Ctrl+C does.
func (c *child) stop() { _ = c.process.Signal(os.Interrupt) }

// pause has a training wait after the step at hand, goOn ends that.
func (c *child) pause() { _ = c.process.Signal(unix.SIGUSR1) }
func (c *child) goOn()  { _ = c.process.Signal(unix.SIGUSR2) }

// startLow starts the command at low priority from its first thread on: a child
// inherits the priority of the thread that starts it, so a thread of its own is
// lowered, used once and thrown away.
func (s *Station) startLow(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), childPriority); err != nil {
			s.params.Logger.Warn("lower the priority of the training", "error", err)
		}
		started <- cmd.Start()
	}()
	return <-started
}

// runChild runs a command of this program at low priority, hands each line of
// its output to line and each of its messages to message, and returns its error
// in its own words.
func (s *Station) runChild(ctx context.Context, arguments []string, line func([]byte) error, message func(string)) error {
	cmd := exec.CommandContext(ctx, s.params.Executable, arguments...) //nolint:gosec // our own program file
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("start %s: %w", arguments[0], err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("start %s: %w", arguments[0], err)
	}
	if err := s.startLow(cmd); err != nil {
		return fmt.Errorf("start %s: %w", arguments[0], err)
	}
	s.setChild(&child{cmd.Process})
	defer s.setChild(nil)

	var last string
	var readers sync.WaitGroup
	readers.Go(func() {
		last = readMessages(stderr, message)
	})
	lineErr := readLines(stdout, line)
	readers.Wait()
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("%s: %s (%w)", arguments[0], last, err)
	}
	return lineErr
}

func (s *Station) setChild(c *child) {
	s.trainer.mu.Lock()
	defer s.trainer.mu.Unlock()
	s.trainer.child = c
}

// readLines reads to the end even after an error, so that the child never
// blocks on a full pipe.
func readLines(r io.Reader, line func([]byte) error) error {
	var problems error
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, 64<<20)
	for scanner.Scan() {
		if text := bytes.TrimSpace(scanner.Bytes()); len(text) > 0 {
			problems = errors.Join(problems, line(text))
		}
	}
	_, drained := io.Copy(io.Discard, r)
	return errors.Join(problems, scanner.Err(), drained)
}

// readMessages returns the last message, which for a failed command is its error.
func readMessages(r io.Reader, message func(string)) (last string) {
	_ = readLines(r, func(text []byte) error {
		said, failed := strings.CutPrefix(string(text), "assay: ")
		progress := strings.HasPrefix(said, "progress ")
		if !progress && (failed || !strings.HasPrefix(last, "assay: ")) {
			last = string(text)
		}
		message(said)
		return nil
	})
	return strings.TrimPrefix(last, "assay: ")
}

// trainLine takes one line of `assay train --json`: an epoch, or the result.
func (s *Station) trainLine(line []byte, result *trainResult) error {
	var kind struct {
		Epoch *int `json:"epoch"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return fmt.Errorf("read the training's output: %w", err)
	}
	if kind.Epoch == nil {
		return json.Unmarshal(line, result)
	}
	var p EpochPoint
	if err := json.Unmarshal(line, &p); err != nil {
		return fmt.Errorf("read the training's output: %w", err)
	}
	s.addEpoch(p)
	return nil
}
