package storage_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

func TestConcurrentAppendsAreAllSeenAtOnce(t *testing.T) {
	l := storagetest.Open(t, storage.Options{SegmentBytes: 1 << 20})
	const writers, each = 16, 25
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for n := range each {
				r, err := l.Append(context.Background(), storagetest.Record(w*each+n), storagetest.Noise(uint64(w*each+n), 5000))
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := l.Get(r.ID); err != nil || got.ID != r.ID {
					t.Errorf("record %s is acknowledged and not found: %v", r.ID, err)
				}
				page, err := l.List(context.Background(), storage.Query{Serial: r.Serial})
				if err != nil || page.Total != 1 {
					t.Errorf("record %s is acknowledged and not listed: %v", r.ID, err)
				}
			}
		})
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	readers.Go(func() { // what a window and upkeep do meanwhile
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := l.Counts(context.Background(), storage.Query{}); err != nil {
				t.Error(err)
			}
			report, err := l.Verify(context.Background(), nil)
			if err != nil || len(report.Problems) > 0 {
				t.Errorf("verify while appending: %v %v", report.Problems, err)
			}
			if err := l.Rebuild(context.Background()); err != nil {
				t.Error(err)
			}
		}
	})
	group.Wait()
	close(stop)
	readers.Wait()
	counts, err := l.Counts(context.Background(), storage.Query{})
	require.NoError(t, err)
	require.Equal(t, writers*each, counts[inspection.Pass]+counts[inspection.Fail]+counts[inspection.Review])
}

func TestAppendRefusesWhatCannotBeEvidence(t *testing.T) {
	l := storagetest.Open(t, storage.Options{})
	valid := storagetest.Record(1)
	for name, change := range map[string]func(r *inspection.Record){
		"no verdict":      func(r *inspection.Record) { r.Machine.Verdict = "" },
		"unknown verdict": func(r *inspection.Record) { r.Machine.Verdict = "maybe" },
		"operator given":  func(r *inspection.Record) { r.Operator = &inspection.Decision{Verdict: inspection.Pass} },
		"no ULID":         func(r *inspection.Record) { r.ID = "1" },
		"another time's":  func(r *inspection.Record) { r.ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV" },
		"before 1970":     func(r *inspection.Record) { r.Time = time.Unix(-10, 0) },
		"year 12000":      func(r *inspection.Record) { r.Time = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		r := valid
		change(&r)
		_, err := l.Append(context.Background(), r, storagetest.JPEG(1))
		require.Error(t, err, name)
	}
	_, err := l.Append(context.Background(), valid, nil)
	require.ErrorIs(t, err, inspection.ErrBadImage)
	page, err := l.List(context.Background(), storage.Query{})
	require.NoError(t, err)
	require.Zero(t, page.Total)
}

func TestReviewsOfNothingAreRefused(t *testing.T) {
	l := storagetest.Open(t, storage.Options{})
	r, err := l.Append(context.Background(), storagetest.Record(1), storagetest.JPEG(1))
	require.NoError(t, err)
	for name, e := range map[string]inspection.ReviewEvent{
		"unknown record": storagetest.Review("01ARZ3NDEKTSV4RRFFQ69G5FAV", inspection.Operator, inspection.Pass),
		"no ID":          storagetest.Review("x", inspection.Operator, inspection.Pass),
	} {
		_, err := l.AppendReview(context.Background(), e)
		require.ErrorIs(t, err, inspection.ErrNotFound, name)
	}
	_, err = l.AppendReview(context.Background(), storagetest.Review(r.ID, "visitor", inspection.Pass))
	require.ErrorContains(t, err, "want operator or supervisor")
	_, err = l.AppendReview(context.Background(), storagetest.Review(r.ID, inspection.Operator, "good"))
	require.ErrorContains(t, err, "want pass, review or fail")
}

func TestNumbersJSONCannotHoldSurvive(t *testing.T) {
	l := storagetest.Open(t, storage.Options{})
	r := storagetest.Record(3)
	r.Score, r.LatencyMS = math.NaN(), math.Inf(1)
	r.Heatmap.Values = []float32{float32(math.NaN()), float32(math.Inf(-1)), 1e-30}
	r.Lot = "caf\xe9" // a scanner with another code page
	stored, err := l.Append(context.Background(), r, storagetest.JPEG(1))
	require.NoError(t, err)
	got, err := l.Get(stored.ID)
	require.NoError(t, err)
	require.True(t, math.IsNaN(got.Score))
	require.True(t, math.IsInf(got.LatencyMS, 1))
	require.True(t, math.IsNaN(float64(got.Heatmap.Values[0])))
	require.Equal(t, float32(1e-30), got.Heatmap.Values[2])
	require.Equal(t, stored.Lot, got.Lot)
	page, err := l.List(context.Background(), storage.Query{Lot: stored.Lot})
	require.NoError(t, err)
	require.Equal(t, 1, page.Total)
}

func TestAnImageLargerThanASegmentIsAnErrorAndNoMore(t *testing.T) {
	l := storagetest.Open(t, storage.Options{SegmentBytes: storage.MinSegmentBytes})
	_, err := l.Append(context.Background(), storagetest.Record(1), make([]byte, 1<<20))
	require.ErrorContains(t, err, "does not fit a segment")
	_, err = l.Append(context.Background(), storagetest.Record(1), storagetest.JPEG(1))
	require.NoError(t, err)
}

func TestEndedContextAndClosedLog(t *testing.T) {
	l := storagetest.Open(t, storage.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := l.Append(ctx, storagetest.Record(1), storagetest.JPEG(1))
	require.ErrorIs(t, err, context.Canceled)
	_, err = l.List(ctx, storage.Query{})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	_, err = l.Append(context.Background(), storagetest.Record(1), storagetest.JPEG(1))
	require.ErrorIs(t, err, inspection.ErrClosed)
	_, err = l.List(context.Background(), storage.Query{})
	require.ErrorIs(t, err, inspection.ErrClosed)
	require.ErrorIs(t, l.Rebuild(context.Background()), inspection.ErrClosed)
}
