package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"

	"assay/training"

	"golang.org/x/sys/unix"
)

// watchPause pauses the training on SIGUSR1 and lets it go on with SIGUSR2 or
// SIGCONT, until the returned function is called. Being asked twice changes
// nothing.
func watchPause(ctx context.Context, pause *training.Pause, w io.Writer) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGUSR1, unix.SIGUSR2, unix.SIGCONT)
	var watcher sync.WaitGroup
	watcher.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case s := <-signals:
				switch {
				case s == unix.SIGUSR1 && pause.Hold():
					_, _ = fmt.Fprintln(w, "Paused")
				case s != unix.SIGUSR1 && pause.Release():
					_, _ = fmt.Fprintln(w, "Going on")
				}
			}
		}
	})
	return func() {
		signal.Stop(signals)
		cancel()
		watcher.Wait()
	}
}
