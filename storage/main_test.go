package storage_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// Tests that need another process start this test binary again with childVariable
// set to what the child shall do.
const childVariable = "ASSAY_STORAGE_CHILD"

var children = map[string]func(dir string) error{
	"hold":   childHold,
	"append": childAppend,
	"fill":   childFill,
}

func TestMain(m *testing.M) {
	role := os.Getenv(childVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := children[role](os.Args[len(os.Args)-1]); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

// child is another process at work on a log.
type child struct {
	command *exec.Cmd
	input   io.WriteCloser
	lines   *bufio.Scanner
}

// startChild starts a child in the role; it is killed at the test's end.
func startChild(t *testing.T, role, dir string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{command: exec.Command(self, dir)}
	c.command.Env = append(os.Environ(), childVariable+"="+role)
	c.command.Stderr = os.Stderr
	if c.input, err = c.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := c.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.lines = bufio.NewScanner(output)
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	return c
}

// next returns the child's next line, or false at the end of its output.
func (c *child) next() (string, bool) {
	ok := c.lines.Scan()
	return c.lines.Text(), ok
}

// kill ends the child at once and reaps it. Killing twice is harmless.
func (c *child) kill() {
	_ = c.command.Process.Kill()
	_ = c.command.Wait()
}
