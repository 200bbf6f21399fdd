package storage_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

// childAppend appends from four goroutines until it is killed, and prints each
// acknowledgement after it has it. Its days are short, so that it rolls over and
// compacts all the time.
func childAppend(dir string) error {
	clock := storagetest.NewClock(time.Now())
	l, err := storage.Open(dir, storage.Options{Clock: clock.Now, SegmentBytes: 2 << 20, Logger: storagetest.Quiet()})
	if err != nil {
		return err
	}
	var output sync.Mutex
	say := func(format string, arguments ...any) {
		output.Lock()
		defer output.Unlock()
		fmt.Printf(format, arguments...)
	}
	failed := make(chan error)
	for worker := range 4 {
		go func() {
			for n := 0; ; n++ {
				clock.Advance(37 * time.Minute)
				r := storagetest.Record(n)
				r.Time = clock.Now()
				r, err := l.Append(context.Background(), r, storagetest.Noise(uint64(worker*1000+n), 1000+n%7*20_000))
				if err != nil {
					failed <- err
					return
				}
				say("record %s %s\n", r.ID, r.ImageSHA256)
				if n%5 != 0 {
					continue
				}
				e, err := l.AppendReview(context.Background(), storagetest.Review(r.ID, inspection.Operator, inspection.Fail))
				if err != nil {
					failed <- err
					return
				}
				say("review %s %s\n", r.ID, e.ID)
			}
		}()
	}
	return <-failed
}

func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	images, reviews := map[string]string{}, map[string]string{}
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		c := startChild(t, "append", dir)
		for range 1 + random.IntN(120) {
			line, ok := c.next()
			require.True(t, ok, "the child ended early: %s", line)
			noteAcknowledged(t, line, images, reviews)
		}
		require.NoError(t, c.command.Process.Kill())
		for line, ok := c.next(); ok; line, ok = c.next() { // printed, so acknowledged, before it died
			if strings.Count(line, " ") == 2 {
				noteAcknowledged(t, line, images, reviews)
			}
		}
		c.kill()
		checkAcknowledged(t, dir, images, reviews)
		t.Logf("round %d: %d records and %d reviews acknowledged, all there", round, len(images), len(reviews))
	}
}

func noteAcknowledged(t *testing.T, line string, images, reviews map[string]string) {
	t.Helper()
	fields := strings.Fields(line)
	require.Len(t, fields, 3, "the child says: %s", line)
	switch fields[0] {
	case "record":
		images[fields[1]] = fields[2]
	case "review":
		reviews[fields[1]] = fields[2]
	default:
		t.Fatalf("the child says: %s", line)
	}
}

func checkAcknowledged(t *testing.T, dir string, images, reviews map[string]string) {
	t.Helper()
	l, err := storage.Open(dir, storage.Options{Logger: storagetest.Quiet()})
	require.NoError(t, err)
	for id, want := range images {
		data, _, err := l.Image(id)
		require.NoError(t, err)
		sum := sha256.Sum256(data)
		require.Equal(t, want, hex.EncodeToString(sum[:]))
	}
	for record, want := range reviews {
		got, err := l.Reviews(record)
		require.NoError(t, err)
		require.Len(t, got, 1)
		require.Equal(t, want, got[0].ID)
	}
	report := requireSound(t, l)
	require.GreaterOrEqual(t, report.Records, len(images))
	require.Equal(t, report.Records, report.Images)
	require.Empty(t, l.Health().Damaged)
	require.NoError(t, l.Close())
	if left, _ := os.ReadDir(dir); len(left) == 0 {
		t.Fatal("the folder is empty")
	}
}
