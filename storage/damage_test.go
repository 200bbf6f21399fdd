package storage_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

// threeDays writes a log over three days, with reviews, and returns its folder
// and records. Its first two segments are closed, compacted and sealed.
func threeDays(t *testing.T, perDay int) (string, []inspection.Record) {
	t.Helper()
	dir := t.TempDir()
	clock := storagetest.NewClock(storagetest.Start)
	l := storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now})
	var records []inspection.Record
	for day := range 3 {
		if day > 0 {
			clock.Advance(24 * time.Hour)
		}
		for n := range perDay {
			r, err := l.Append(context.Background(), storagetest.Record(day*perDay+n), storagetest.JPEG(day*perDay+n))
			require.NoError(t, err)
			records = append(records, r)
		}
		_, err := l.AppendReview(context.Background(), storagetest.Review(records[len(records)-1].ID, inspection.Operator, inspection.Pass))
		require.NoError(t, err)
	}
	waitSealed(t, dir, l, 2)
	require.NoError(t, l.Close())
	return dir, records
}

// waitSealed waits until the background has compacted and sealed n segments.
func waitSealed(t *testing.T, dir string, l *storage.Log, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		sealed := 0
		for _, file := range segmentFiles(t, dir) {
			if info, err := os.Stat(file); err == nil && info.Mode().Perm() == 0o400 {
				sealed++
			}
		}
		return sealed >= n && l.Settled()
	}, 10*time.Second, time.Millisecond)
}

// verified opens the log in the folder and returns what Verify finds.
func verified(t *testing.T, dir string) storage.VerifyReport {
	t.Helper()
	l, err := storage.Open(dir, storage.Options{Logger: storagetest.Quiet(), ReadOnly: true})
	require.NoError(t, err)
	report, err := l.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return report
}

// replaceIn changes the first place of the text in the file for one of the same length.
func replaceIn(t *testing.T, file, from, to string) {
	t.Helper()
	require.Len(t, to, len(from))
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(content), from)
	require.NoError(t, os.Chmod(file, 0o600))
	require.NoError(t, os.WriteFile(file, bytes.Replace(content, []byte(from), []byte(to), 1), 0o600))
}

func TestASoundLogHasNoProblems(t *testing.T) {
	dir, records := threeDays(t, 10)
	report := verified(t, dir)
	require.Empty(t, report.Problems)
	require.Equal(t, storage.VerifyReport{Segments: 3, Records: len(records), Images: len(records), Reviews: 3}, report)
}

func TestVerifyNamesWhatWasChanged(t *testing.T) {
	original, records := threeDays(t, 10)
	closed, open := filepath.Base(segmentFiles(t, original)[0]), filepath.Base(segmentFiles(t, original)[2])
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		says   string
	}{
		"a record's lot in the open segment": {
			func(t *testing.T, dir string) {
				replaceIn(t, filepath.Join(dir, "segments", open), `"S-000025"`, `"S-999925"`)
			},
			"does not match the audit chain",
		},
		"an image in the open segment": {
			func(t *testing.T, dir string) { replaceIn(t, filepath.Join(dir, "segments", open), "#25", "#26") },
			"the image of record " + records[25].ID + " was changed",
		},
		"an image in a closed segment": {
			func(t *testing.T, dir string) { replaceIn(t, filepath.Join(dir, "segments", closed), "#5", "#7") },
			"the image of record " + records[5].ID + " was changed",
		},
		"a whole closed segment": {
			func(t *testing.T, dir string) { require.NoError(t, os.Remove(segmentFiles(t, dir)[1])) },
			"a segment is missing",
		},
		"the first segment": {
			func(t *testing.T, dir string) { require.NoError(t, os.Remove(segmentFiles(t, dir)[0])) },
			"no retention has dropped them",
		},
		"a file cut short": {
			func(t *testing.T, dir string) {
				file := segmentFiles(t, dir)[0]
				require.NoError(t, os.Chmod(file, 0o600))
				require.NoError(t, os.Truncate(file, 20_000))
			},
			"the file ends at",
		},
		"a record taken out": {
			func(t *testing.T, dir string) {
				edit(t, filepath.Join(dir, "segments", open), func(tx *bolt.Tx) error {
					key, _ := tx.Bucket([]byte("events")).Cursor().First()
					return tx.Bucket([]byte("events")).Delete(bytes.Clone(key))
				})
			},
			"are missing",
		},
		"an image taken out": {
			func(t *testing.T, dir string) {
				edit(t, filepath.Join(dir, "segments", open), func(tx *bolt.Tx) error {
					key, _ := tx.Bucket([]byte("images")).Cursor().First()
					return tx.Bucket([]byte("images")).Delete(bytes.Clone(key))
				})
			},
			"the image of record " + records[20].ID + " is missing",
		},
		"two records swapped": {
			func(t *testing.T, dir string) {
				edit(t, filepath.Join(dir, "segments", open), func(tx *bolt.Tx) error {
					events := tx.Bucket([]byte("events"))
					cursor := events.Cursor()
					firstKey, first := cursor.First()
					secondKey, second := cursor.Next()
					firstKey, first, secondKey, second = bytes.Clone(firstKey), bytes.Clone(first), bytes.Clone(secondKey), bytes.Clone(second)
					if err := events.Put(firstKey, second); err != nil {
						return err
					}
					return events.Put(secondKey, first)
				})
			},
			"does not match the audit chain",
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyFolder(t, original)
			c.damage(t, dir)
			require.Contains(t, strings.Join(verified(t, dir).Problems, "\n"), c.says)
		})
	}
}

// edit changes a segment file with the database's own means, as a forger would.
func edit(t *testing.T, file string, change func(tx *bolt.Tx) error) {
	t.Helper()
	require.NoError(t, os.Chmod(file, 0o600))
	db, err := bolt.Open(file, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(change))
	require.NoError(t, db.Close())
}

// TestEveryBitFlipInAClosedSegmentIsFound flips bits at random places of closed
// segments: whatever it hits, Verify must say so and nothing may crash.
func TestEveryBitFlipInAClosedSegmentIsFound(t *testing.T) {
	original, _ := threeDays(t, 40)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	flips := 150
	if testing.Short() {
		flips = 20
	}
	dir := copyFolder(t, original)
	for range flips {
		file := segmentFiles(t, dir)[random.IntN(2)]
		require.NoError(t, os.Chmod(file, 0o600))
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		at, bit := random.IntN(len(content)), byte(1)<<random.IntN(8)
		content[at] ^= bit
		require.NoError(t, os.WriteFile(file, content, 0o600))
		require.NotEmpty(t, verified(t, dir).Problems, "byte %d, bit %#x of %s", at, bit, file)
		content[at] ^= bit
		require.NoError(t, os.WriteFile(file, content, 0o600))
	}
	require.Empty(t, verified(t, dir).Problems)
}

// TestNoDamageInTheOpenSegmentCrashes flips bits in the segment that takes the
// writes: the log must open, append, and keep what it can.
func TestNoDamageInTheOpenSegmentCrashes(t *testing.T) {
	original, records := threeDays(t, 40)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	flips := 30
	if testing.Short() {
		flips = 10
	}
	clock := storagetest.NewClock(storagetest.Start.Add(50 * time.Hour))
	for range flips {
		dir := copyFolder(t, original)
		file := segmentFiles(t, dir)[2]
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		for range 1 + random.IntN(8) {
			content[random.IntN(len(content))] ^= byte(1) << random.IntN(8)
		}
		require.NoError(t, os.WriteFile(file, content, 0o600))
		if random.IntN(2) == 0 {
			require.NoError(t, os.Remove(filepath.Join(dir, "index.bolt")))
		}
		useDamaged(t, dir, clock, records)
	}
}

// useDamaged does with a damaged log what a station does.
func useDamaged(t *testing.T, dir string, clock *storagetest.Clock, records []inspection.Record) {
	t.Helper()
	l, err := storage.Open(dir, storage.Options{Clock: clock.Now, Logger: storagetest.Quiet()})
	require.NoError(t, err)
	fresh, err := l.Append(context.Background(), storagetest.Record(999), storagetest.JPEG(999))
	if err != nil { // the append met the damage; the next one must get past it
		fresh, err = l.Append(context.Background(), storagetest.Record(999), storagetest.JPEG(999))
	}
	require.NoError(t, err)
	got, err := l.Get(fresh.ID)
	require.NoError(t, err)
	require.Equal(t, fresh, got)
	_, err = l.List(context.Background(), storage.Query{Limit: 1000})
	require.NoError(t, err)
	for _, r := range records[:80] { // in segments that are sound
		_, _, err := l.Image(r.ID)
		require.NoError(t, err)
	}
	for _, r := range records[80:] {
		_, _, _ = l.Image(r.ID)
	}
	_, err = l.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.NoError(t, l.Close())
}

func TestADamagedSegmentIsSetAsideAndTheLogGoesOn(t *testing.T) {
	dir, records := threeDays(t, 10)
	clock := storagetest.NewClock(storagetest.Start.Add(50 * time.Hour))
	file := segmentFiles(t, dir)[2]
	require.NoError(t, os.WriteFile(file, bytes.Repeat([]byte("damaged"), 10_000), 0o600))
	before, err := os.ReadFile(file)
	require.NoError(t, err)

	l := storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now})
	require.Len(t, l.Health().Damaged, 1)
	require.Equal(t, file, l.Health().Damaged[0].File)
	_, err = l.Get(records[25].ID)
	require.ErrorIs(t, err, inspection.ErrDamaged)
	require.ErrorContains(t, err, file)
	r, err := l.Append(context.Background(), storagetest.Record(7), storagetest.JPEG(7))
	require.NoError(t, err)
	page, err := l.List(context.Background(), storage.Query{Limit: 1000})
	require.NoError(t, err)
	require.Len(t, page.Records, 21)
	require.NoError(t, l.Close())

	l = storagetest.OpenIn(t, dir, storage.Options{Clock: clock.Now})
	_, err = l.Get(r.ID)
	require.NoError(t, err)
	report, err := l.Verify(context.Background(), nil)
	require.NoError(t, err)
	require.Contains(t, strings.Join(report.Problems, "\n"), file)
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, before, after, "the damaged file is evidence and stays as it is")
}

func TestADamagedIndexIsBuiltAnew(t *testing.T) {
	dir, records := threeDays(t, 10)
	index := filepath.Join(dir, "index.bolt")
	for name, content := range map[string][]byte{
		"empty": {}, "text": []byte("no index"), "noise": storagetest.Noise(1, 100_000), "cut": nil,
	} {
		if name == "cut" {
			whole, err := os.ReadFile(index)
			require.NoError(t, err)
			content = whole[:9000]
		}
		require.NoError(t, os.WriteFile(index, content, 0o600))
		l, err := storage.Open(dir, storage.Options{Logger: storagetest.Quiet()})
		require.NoError(t, err, name)
		page, err := l.List(context.Background(), storage.Query{})
		require.NoError(t, err)
		require.Equal(t, len(records), page.Total)
		report, err := l.Verify(context.Background(), nil)
		require.NoError(t, err)
		require.Empty(t, report.Problems, name)
		require.NoError(t, l.Close())
	}
}
