// Assay opens the inspection station, or does one of its jobs without a window:
// see `assay help`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	_ "assay/internal/locale" // before Fyne reads it
	"assay/station"
)

// Exit codes, as the contract has them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() { os.Exit(execute()) }

// execute runs this process's command line; Ctrl+C and SIGTERM ask it to finish.
func execute() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(arguments)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	_, _ = fmt.Fprintln(stderr, "assay:", sentence(err))
	if isUsage(err) {
		_, _ = fmt.Fprintln(stderr, "Run `assay help` for the commands and their flags.")
		return exitUsage
	}
	return exitFailed
}

// usageError marks what the caller must write differently.
type usageError struct{ error }

// Unwrap lets errors.Is and errors.As see what is wrong.
func (u usageError) Unwrap() error { return u.error }

func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// isUsage also knows a model's name that can be none, whichever command met it.
func isUsage(err error) bool {
	_, marked := errors.AsType[usageError](err)
	_, name := errors.AsType[station.ModelNameError](err)
	return marked || name
}

// plainError is already a sentence for a person.
type plainError struct{ error }

// Unwrap lets errors.Is and errors.As see the error that the sentence is about.
func (p plainError) Unwrap() error { return p.error }

func sentence(err error) string {
	if _, plain := errors.AsType[plainError](err); plain || isUsage(err) || station.IsFault(err) {
		return err.Error()
	}
	return station.Explain(err)
}
