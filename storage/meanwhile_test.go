package storage_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/storage"
	"assay/storage/storagetest"
)

// TestVerifyBearsSegmentsBegunMeanwhile: a sound log that goes on is sound.
func TestVerifyBearsSegmentsBegunMeanwhile(t *testing.T) {
	l := storagetest.OpenIn(t, t.TempDir(), storage.Options{SegmentBytes: storage.MinSegmentBytes})
	var appending sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	appending.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			if _, err := l.Append(context.WithoutCancel(ctx), storagetest.Record(n), storagetest.Noise(uint64(n), storage.MinSegmentBytes/3)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 10 {
		requireSound(t, l)
	}
	stop()
	appending.Wait()
	require.NoError(t, l.Close())
}

// retainable is a log with two closed segments and an open one.
func retainable(t *testing.T) *storage.Log {
	t.Helper()
	clock := storagetest.NewClock(storagetest.Start)
	l := storagetest.OpenIn(t, t.TempDir(), storage.Options{Clock: clock.Now})
	for n := range 3 {
		r := storagetest.Record(n)
		r.Time = clock.Now()
		_, err := l.Append(t.Context(), r, storagetest.JPEG(n))
		require.NoError(t, err)
		clock.Advance(24 * time.Hour)
	}
	return l
}

// TestVerifyBearsRetentionMeanwhile: what is dropped while it reads is not taken for lost.
func TestVerifyBearsRetentionMeanwhile(t *testing.T) {
	l := retainable(t)
	retained := make(chan error, 1)
	var once sync.Once
	report, err := l.Verify(t.Context(), func(int, int) {
		once.Do(func() {
			go func() {
				_, err := l.Retain(context.Background(), 0)
				retained <- err
			}()
			select {
			case err := <-retained: // it did not wait for Verify
				retained <- err
			case <-time.After(200 * time.Millisecond):
			}
		})
	})
	require.NoError(t, err)
	require.Empty(t, report.Problems)
	require.Equal(t, 3, report.Records)
	require.NoError(t, <-retained)
	report = requireSound(t, l)
	require.Less(t, report.Records, 3)
	require.NoError(t, l.Close())
}
