package storage_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

func TestAppendedRecordAndImageComeBack(t *testing.T) {
	dir := t.TempDir()
	clock := storagetest.NewClock(storagetest.Start)
	l := storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now})
	var want []inspection.Record
	for n := range 20 {
		r, err := l.Append(context.Background(), storagetest.Record(n), storagetest.JPEG(n))
		require.NoError(t, err)
		require.NotEmpty(t, r.ID)
		want = append(want, r)
		clock.Advance(5 * time.Hour)
	}
	_, err := l.AppendReview(context.Background(), storagetest.Review(want[3].ID, inspection.Operator, inspection.Fail))
	require.NoError(t, err)

	check := func(l *storage.Log) {
		page, err := l.List(context.Background(), storage.Query{Limit: 7})
		require.NoError(t, err)
		require.Equal(t, 20, page.Total)
		require.Len(t, page.Records, 7)
		require.Equal(t, want[19], page.Records[0])
		for n, r := range want {
			data, mediaType, err := l.Image(r.ID)
			require.NoError(t, err)
			require.Equal(t, storagetest.JPEG(n), data)
			require.Equal(t, "image/jpeg", mediaType)
		}
		r, err := l.Get(want[3].ID)
		require.NoError(t, err)
		require.Equal(t, inspection.Fail, r.Final().Verdict)
		require.Equal(t, want[3].Machine, r.Machine)
		report := requireSound(t, l)
		require.Equal(t, 20, report.Records)
		require.Equal(t, 20, report.Images)
		require.Equal(t, 1, report.Reviews)
	}
	check(l)
	require.NoError(t, l.Close())
	check(storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now}))
}

// requireSound fails unless the log finds nothing wrong with itself.
func requireSound(t *testing.T, l *storage.Log) storage.VerifyReport {
	t.Helper()
	report, err := l.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	return report
}
