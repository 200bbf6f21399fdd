package storage_test

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

// childFill appends under a limit on the size of files until that is an error.
func childFill(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	l, err := storage.Open(dir, storage.Options{SegmentBytes: 16 << 20, Logger: storagetest.Quiet()})
	if err != nil {
		return err
	}
	limit := syscall.Rlimit{Cur: 3 << 20, Max: 3 << 20}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	for n := range 1000 {
		r, err := l.Append(context.Background(), storagetest.Record(n), storagetest.Noise(uint64(n), 50_000))
		if errors.Is(err, inspection.ErrDiskFull) {
			fmt.Println("full")
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Println(r.ID)
	}
	return errors.New("never full")
}

func TestFileSizeLimitIsADiskFull(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, "fill", dir)
	var ids []string
	for line, ok := c.next(); ok && line != "full"; line, ok = c.next() {
		require.False(t, strings.HasPrefix(line, "error"), line)
		ids = append(ids, line)
	}
	require.NoError(t, c.command.Wait())
	require.NotEmpty(t, ids)
	l := storagetest.OpenIn(t, dir, storage.Options{})
	for _, id := range ids {
		_, _, err := l.Image(id)
		require.NoError(t, err)
	}
	requireSound(t, l)
}
