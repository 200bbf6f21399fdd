package storage_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

func TestRetainDropsWholeDaysAndLeavesATrace(t *testing.T) {
	dir, records := threeDays(t, 10)
	clock := storagetest.NewClock(storagetest.Start.Add(72 * time.Hour)) // Friday 8:00; Tuesday is over since 56 hours
	l := storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now})

	dropped, err := l.Retain(context.Background(), 57*time.Hour)
	require.NoError(t, err)
	require.Empty(t, dropped)
	dropped, err = l.Retain(context.Background(), 56*time.Hour)
	require.NoError(t, err)
	require.Equal(t, []string{"2026-11-24.001.bolt"}, dropped)
	dropped, err = l.Retain(context.Background(), 0)
	require.NoError(t, err)
	require.Equal(t, []string{"2026-11-25.001.bolt", "2026-11-26.001.bolt"}[:len(dropped)], dropped)

	check := func(l *storage.Log) {
		page, err := l.List(context.Background(), storage.Query{})
		require.NoError(t, err)
		require.Equal(t, 30-10-10*len(dropped), page.Total)
		_, err = l.Get(records[0].ID)
		require.ErrorIs(t, err, inspection.ErrNotFound)
		_, err = l.AppendReview(context.Background(), storagetest.Review(records[0].ID, inspection.Operator, inspection.Pass))
		require.ErrorIs(t, err, inspection.ErrNotFound)
		report := requireSound(t, l)
		require.Equal(t, 20-10*len(dropped), report.Records)
	}
	check(l)
	require.NoError(t, l.Close())
	l = storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now})
	check(l)
	require.NoError(t, l.Rebuild(context.Background()))
	check(l)
}

func TestASegmentRemovedByHandLeavesTheIndexAtTheNextStart(t *testing.T) {
	dir, records := threeDays(t, 10)
	require.NoError(t, os.Remove(segmentFiles(t, dir)[1]))
	l := storagetest.OpenIn(t, dir, storage.Options{})
	page, err := l.List(context.Background(), storage.Query{})
	require.NoError(t, err)
	require.Equal(t, 20, page.Total)
	_, err = l.Get(records[15].ID)
	require.ErrorIs(t, err, inspection.ErrNotFound)
	_, err = l.Get(records[25].ID)
	require.NoError(t, err)
}

func TestABackupIsARestorableLog(t *testing.T) {
	dir, records := threeDays(t, 10)
	l := storagetest.OpenIn(t, dir, storage.Options{})
	archive := filepath.Join(t.TempDir(), "backup.tar")
	require.NoError(t, l.Backup(context.Background(), archive))
	later, err := l.Append(context.Background(), storagetest.Record(5), storagetest.JPEG(5))
	require.NoError(t, err)

	target := filepath.Join(t.TempDir(), "restored")
	require.NoError(t, storage.Restore(context.Background(), archive, target))
	require.ErrorIs(t, storage.Restore(context.Background(), archive, target), inspection.ErrExists)
	restored := storagetest.OpenIn(t, target, storage.Options{})
	for n, want := range records {
		data, _, err := restored.Image(want.ID)
		require.NoError(t, err)
		require.Equal(t, storagetest.JPEG(n), data)
	}
	_, err = restored.Get(later.ID)
	require.ErrorIs(t, err, inspection.ErrNotFound)
	report := requireSound(t, restored)
	require.Equal(t, 30, report.Images)

	whole, err := os.ReadFile(archive)
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"cut":     whole[:len(whole)/2],
		"changed": bytes.Replace(bytes.Clone(whole), []byte("S-000003"), []byte("S-999993"), 1),
		"empty":   {},
	} {
		require.NoError(t, os.WriteFile(archive, content, 0o600))
		empty := filepath.Join(t.TempDir(), "none")
		require.ErrorIs(t, storage.Restore(context.Background(), archive, empty), inspection.ErrDamaged, name)
		left, err := os.ReadDir(empty)
		require.NoError(t, err)
		require.Empty(t, left, name)
	}
}

func TestExportWritesATableAndTheImages(t *testing.T) {
	dir, records := threeDays(t, 10)
	l := storagetest.OpenIn(t, dir, storage.Options{ReadOnly: true})
	target := filepath.Join(t.TempDir(), "export")
	n, err := l.Export(context.Background(), storage.Query{Verdicts: []inspection.Verdict{inspection.Fail}, Limit: 3}, target)
	require.NoError(t, err)
	file, err := os.Open(filepath.Join(target, storage.ExportFile))
	require.NoError(t, err)
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	require.NoError(t, file.Close())
	require.Len(t, rows, n+1)
	require.Greater(t, n, 3)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		require.Equal(t, "fail", row[column["verdict"]])
		r, err := l.Get(row[column["id"]])
		require.NoError(t, err)
		at, err := time.Parse(time.RFC3339Nano, row[column["time"]])
		require.NoError(t, err)
		require.True(t, at.Equal(r.Time))
		require.Contains(t, row[column["time"]], "+01:00")
		data, err := os.ReadFile(filepath.Join(target, row[column["image"]]))
		require.NoError(t, err)
		want, _, err := l.Image(r.ID)
		require.NoError(t, err)
		require.Equal(t, want, data)
	}
	require.Equal(t, records[len(records)-1].Machine.Verdict != inspection.Fail, rows[1][0] != records[len(records)-1].ID)
}

func TestThumbnailsAreSmallAndKept(t *testing.T) {
	l := storagetest.Open(t, storage.Options{})
	var picture bytes.Buffer
	require.NoError(t, jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 640, 480)), nil))
	r, err := l.Append(context.Background(), storagetest.Record(1), picture.Bytes())
	require.NoError(t, err)
	for range 2 {
		small, err := l.Thumbnail(r.ID)
		require.NoError(t, err)
		config, err := jpeg.DecodeConfig(bytes.NewReader(small))
		require.NoError(t, err)
		require.Equal(t, [2]int{storage.ThumbnailSize, 72}, [2]int{config.Width, config.Height})
	}
	broken, err := l.Append(context.Background(), storagetest.Record(2), storagetest.Noise(1, 100))
	require.NoError(t, err)
	_, err = l.Thumbnail(broken.ID)
	require.ErrorIs(t, err, inspection.ErrBadImage)
	_, err = l.Thumbnail("no such record")
	require.ErrorIs(t, err, inspection.ErrNotFound)
}
