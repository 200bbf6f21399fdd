package storage_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

// childHold opens the log, says so, and holds it until its input ends.
func childHold(dir string) error {
	l, err := storage.Open(dir, storage.Options{})
	if err != nil {
		return err
	}
	fmt.Println("open")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return l.Close()
}

func TestAnotherProcessIsKeptOut(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, "hold", dir)
	line, ok := c.next()
	require.True(t, ok)
	require.Equal(t, "open", line)

	for _, readOnly := range []bool{false, true} {
		_, err := storage.Open(dir, storage.Options{LockTimeout: 50 * time.Millisecond, ReadOnly: readOnly})
		require.ErrorIs(t, err, inspection.ErrLocked)
	}

	require.NoError(t, c.input.Close())
	require.NoError(t, c.command.Wait())
	storagetest.OpenIn(t, dir, storage.Options{})
}

func TestAKilledProcessLeavesNoLock(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, "hold", dir)
	_, ok := c.next()
	require.True(t, ok)
	c.kill()
	storagetest.OpenIn(t, dir, storage.Options{})
}

func TestReadersShareAFolder(t *testing.T) {
	dir := t.TempDir()
	l := storagetest.OpenIn(t, dir, storage.Options{})
	r, err := l.Append(context.Background(), storagetest.Record(1), storagetest.JPEG(1))
	require.NoError(t, err)
	require.NoError(t, l.Close())

	first := storagetest.OpenIn(t, dir, storage.Options{ReadOnly: true})
	second := storagetest.OpenIn(t, dir, storage.Options{ReadOnly: true})
	for _, reader := range []*storage.Log{first, second} {
		got, err := reader.Get(r.ID)
		require.NoError(t, err)
		require.Equal(t, r, got)
		_, err = reader.Append(context.Background(), storagetest.Record(2), storagetest.JPEG(2))
		require.ErrorIs(t, err, inspection.ErrReadOnly)
	}
	_, err = storage.Open(dir, storage.Options{LockTimeout: time.Millisecond})
	require.ErrorIs(t, err, inspection.ErrLocked)
}

func TestAReadOnlyLogWritesNothing(t *testing.T) {
	dir := t.TempDir()
	l := storagetest.OpenIn(t, dir, storage.Options{})
	_, err := l.Append(context.Background(), storagetest.Record(1), storagetest.JPEG(1))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, os.Remove(dir+"/index.bolt"))
	before := fileSums(t, dir)

	reader := storagetest.OpenIn(t, dir, storage.Options{ReadOnly: true})
	page, err := reader.List(context.Background(), storage.Query{})
	require.NoError(t, err)
	require.Equal(t, 1, page.Total)
	requireSound(t, reader)
	require.NoError(t, reader.Close())

	require.Equal(t, before, fileSums(t, dir))
}

func TestAMissingFolderReadsAsAnEmptyLog(t *testing.T) {
	l := storagetest.OpenIn(t, t.TempDir()+"/none", storage.Options{ReadOnly: true})
	page, err := l.List(context.Background(), storage.Query{})
	require.NoError(t, err)
	require.Zero(t, page.Total)
}
