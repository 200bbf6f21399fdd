package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"assay/inspection"
)

// quiet are options for a log of which nobody wants to hear.
func quiet() Options { return Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))} }

func someRecord(n int) inspection.Record {
	return inspection.Record{
		Time: time.Date(2026, 11, 24, 8, 0, n, 0, time.UTC), Lot: fmt.Sprint("L-", n/10), Serial: fmt.Sprint("S-", n),
		Model: inspection.ModelRef{Name: "demo"}, Machine: inspection.Decision{Verdict: inspection.Pass},
	}
}

// TestWaitingAppendsShareACommit holds the writer until fifty Appends wait.
func TestWaitingAppendsShareACommit(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l, err := Open(dir, quiet())
		require.NoError(t, err)
		_, err = l.Append(t.Context(), someRecord(0), []byte("image"))
		require.NoError(t, err)
		transaction := func() (id int) {
			require.NoError(t, l.current.view(time.Second, func(tx *bolt.Tx) error {
				id = tx.ID()
				return nil
			}))
			return id
		}
		before := transaction()

		release := make(chan struct{})
		go func() {
			_ = l.exclusively(func() error {
				<-release
				return nil
			})
		}()
		synctest.Wait()
		var group sync.WaitGroup
		for n := range 50 {
			group.Go(func() {
				if _, err := l.Append(context.Background(), someRecord(n), []byte("image")); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(release)
		group.Wait()

		require.Equal(t, 1, transaction()-before, "fifty records, one commit")
		require.NoError(t, l.Close())
	})
}

// TestAnAppendGivenUpInTheQueueIsNotWritten ends the context of an Append that the
// writer has not taken over.
func TestAnAppendGivenUpInTheQueueIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l, err := Open(dir, quiet())
		require.NoError(t, err)
		release := make(chan struct{})
		go func() {
			_ = l.exclusively(func() error {
				<-release
				return nil
			})
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = l.Append(ctx, someRecord(0), []byte("image"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		close(release)
		counts, err := l.Counts(t.Context(), Query{})
		require.NoError(t, err)
		require.Empty(t, counts)
		require.NoError(t, l.Close())
	})
}

// dump returns everything in an index file but thumbnails and what it says of itself.
func dump(t *testing.T, path string) map[string]string {
	t.Helper()
	db, err := openBolt(path, 0o600, bolt.Options{ReadOnly: true})
	require.NoError(t, err)
	content := map[string]string{}
	require.NoError(t, db.View(func(tx *bolt.Tx) error {
		for _, bucket := range [][]byte{bucketEntries, bucketPostings, bucketCells, bucketReviews, bucketSeals} {
			require.NoError(t, tx.Bucket(bucket).ForEach(func(k, v []byte) error {
				content[string(bucket)+"/"+string(k)] = string(v)
				return nil
			}))
		}
		return nil
	}))
	require.NoError(t, db.Close())
	return content
}

func TestAnIndexThrownAwayIsBuiltEqual(t *testing.T) {
	dir := t.TempDir()
	o := quiet()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	o.Clock = func() time.Time { return now }
	l, err := Open(dir, o)
	require.NoError(t, err)
	for n := range 300 {
		r, err := l.Append(context.Background(), someRecord(n), []byte("image"))
		require.NoError(t, err)
		if n%7 == 0 {
			review := inspection.ReviewEvent{RecordID: r.ID, Role: inspection.Operator, Decision: inspection.Decision{Verdict: inspection.Fail}}
			_, err := l.AppendReview(context.Background(), review)
			require.NoError(t, err)
		}
		if n%50 == 0 {
			require.NoError(t, l.index.flush())
		}
	}
	require.NoError(t, l.Close())
	path := filepath.Join(dir, indexFile)
	want := dump(t, path)
	require.Greater(t, len(want), 300)

	require.NoError(t, os.Remove(path))
	l, err = Open(dir, o)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.Equal(t, want, dump(t, path))

	l, err = Open(dir, o)
	require.NoError(t, err)
	require.NoError(t, l.Rebuild(context.Background()))
	require.NoError(t, l.Close())
	require.Equal(t, want, dump(t, path))
}

// TestAnIndexThatCannotBeWrittenIsReadFromMemory makes every flush fail.
func TestAnIndexThatCannotBeWrittenIsReadFromMemory(t *testing.T) {
	l, err := Open(t.TempDir(), quiet())
	require.NoError(t, err)
	first, err := l.Append(context.Background(), someRecord(0), []byte("image"))
	require.NoError(t, err)
	require.NoError(t, l.index.flush())
	l.index.db.MaxSize = 1 // from now on the file cannot grow
	for n := range 400 {
		if _, err := l.Append(context.Background(), someRecord(n), []byte("image")); err != nil {
			t.Fatal(err)
		}
	}
	require.Error(t, l.index.flush())
	page, err := l.List(context.Background(), Query{Lot: first.Lot, Limit: 100})
	require.NoError(t, err)
	require.Equal(t, 11, page.Total)
	l.index.db.MaxSize = 0
	require.NoError(t, l.index.flush())
	require.Zero(t, l.index.pending())
	page, err = l.List(context.Background(), Query{})
	require.NoError(t, err)
	require.Equal(t, 401, page.Total)
	require.NoError(t, l.Close())
}

// TestARebuildBearsASegmentBegunMeanwhile begins a segment after a rebuild has
// taken its list of them and before it reads them.
func TestARebuildBearsASegmentBegunMeanwhile(t *testing.T) {
	o := quiet()
	o.SegmentBytes = MinSegmentBytes
	l, err := Open(t.TempDir(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	add := func(n int) {
		_, err := l.Append(t.Context(), someRecord(n), make([]byte, MinSegmentBytes/4))
		require.NoError(t, err)
	}
	add(0)
	before := l.snapshotSegments()
	for n := 1; len(l.snapshotSegments()) < len(before)+2; n++ {
		add(n)
	}
	x, err := l.fill(filepath.Join(t.TempDir(), indexFile), before)
	require.NoError(t, err)
	require.NoError(t, l.exclusively(func() error { return l.reconcile(x) }))
	require.Equal(t, l.index.last(), x.last(), "what came since is in it")
	require.NoError(t, x.db.Close())
}

// TestWhatReadsAllSegmentsKeepsThem until it has, and looks which ones there are between two commits.
func TestWhatReadsAllSegmentsKeepsThem(t *testing.T) {
	for name, read := range map[string]func(l *Log) error{
		"verify":  func(l *Log) error { _, err := l.Verify(context.Background(), nil); return err },
		"rebuild": func(l *Log) error { return l.Rebuild(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, err := Open(t.TempDir(), quiet())
				require.NoError(t, err)
				done, droppable := make(chan error, 1), false
				require.NoError(t, l.exclusively(func() error {
					go func() { done <- read(l) }()
					synctest.Wait() // it waits for the writer, which is here
					if droppable = l.dropping.TryLock(); droppable {
						l.dropping.Unlock()
					}
					return nil
				}))
				require.NoError(t, errors.Join(<-done, l.Close()))
				require.False(t, droppable)
			})
		})
	}
}
