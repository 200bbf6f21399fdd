package storage_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/internal/disktest"
	"assay/storage"
	"assay/storage/storagetest"
)

func TestAFullDiskLosesNothingAndHeals(t *testing.T) {
	disk := disktest.Small(t, 6<<20)
	dir := filepath.Join(disk, "log")
	clock := storagetest.NewClock(storagetest.Start)
	l := storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now})
	ballast := filepath.Join(disk, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 2<<20), 0o600))

	var kept []inspection.Record
	var full error
	for n := 0; n < 1000 && full == nil; n++ {
		r, err := l.Append(context.Background(), storagetest.Record(n), storagetest.Noise(uint64(n), 50_000))
		if err == nil {
			kept = append(kept, r)
		}
		full = err
	}
	require.ErrorIs(t, full, inspection.ErrDiskFull)
	require.NotEmpty(t, kept)
	for n := range 3 { // a large one fails again and again; a small one may find a free page
		_, err := l.Append(context.Background(), storagetest.Record(n), storagetest.Noise(1, 4<<20))
		require.ErrorIs(t, err, inspection.ErrDiskFull)
	}
	requireKept(t, l, kept)

	require.NoError(t, os.Remove(ballast))
	r, err := l.Append(context.Background(), storagetest.Record(1), storagetest.Noise(1, 50_000))
	require.NoError(t, err, "there is space again")
	kept = append(kept, r)
	requireKept(t, l, kept)
	require.NoError(t, l.Close())
	requireKept(t, storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now}), kept)
}

func TestNoRoomForAnythingIsDiskFull(t *testing.T) {
	disk := disktest.Small(t, 1<<20)
	require.Error(t, os.WriteFile(filepath.Join(disk, "ballast"), make([]byte, 2<<20), 0o600))
	_, err := storage.Open(filepath.Join(disk, "log"), storage.Options{Logger: storagetest.Quiet()})
	require.ErrorIs(t, err, inspection.ErrDiskFull)
}

func TestAFullDiskAtRollOverHeals(t *testing.T) {
	disk := disktest.Small(t, 2<<20)
	dir := filepath.Join(disk, "log")
	clock := storagetest.NewClock(storagetest.Start)
	l := storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now})
	first, err := l.Append(context.Background(), storagetest.Record(1), storagetest.JPEG(1))
	require.NoError(t, err)
	ballast := filepath.Join(disk, "ballast")
	require.Error(t, os.WriteFile(ballast, make([]byte, 4<<20), 0o600))
	clock.Advance(24 * 3600e9)

	_, err = l.Append(context.Background(), storagetest.Record(2), storagetest.JPEG(2))
	require.ErrorIs(t, err, inspection.ErrDiskFull)
	require.NoError(t, os.Remove(ballast))
	second, err := l.Append(context.Background(), storagetest.Record(2), storagetest.JPEG(2))
	require.NoError(t, err)
	requireKept(t, l, []inspection.Record{first, second})
}

// requireKept fails unless the log holds these records and the images, is sound,
// and lists them.
func requireKept(t *testing.T, l *storage.Log, kept []inspection.Record) {
	t.Helper()
	page, err := l.List(context.Background(), storage.Query{Limit: storage.MaxLimit})
	require.NoError(t, err)
	require.Equal(t, len(kept), page.Total)
	for _, want := range kept {
		got, err := l.Get(want.ID)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	report := requireSound(t, l)
	require.Equal(t, len(kept), report.Images)
}
