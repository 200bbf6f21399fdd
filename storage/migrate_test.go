package storage_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"
	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

// writeSchema0 writes a segment as programs before the audit chain did.
func writeSchema0(t *testing.T, dir, name string, records []inspection.Record, reviews []inspection.ReviewEvent) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "segments"), 0o700))
	edit0(t, filepath.Join(dir, "segments", name+".bolt"), func(tx *bolt.Tx) error {
		put := func(bucket, key string, value []byte) {
			b, err := tx.CreateBucketIfNotExists([]byte(bucket))
			require.NoError(t, err)
			require.NoError(t, b.Put([]byte(key), value))
		}
		put("meta", "schema", []byte("0"))
		for n, r := range records {
			body, err := json.Marshal(r)
			require.NoError(t, err)
			put("records", r.ID, body)
			put("images", r.ID, storagetest.JPEG(n))
		}
		for _, e := range reviews {
			body, err := json.Marshal(e)
			require.NoError(t, err)
			put("reviews", e.ID, body)
		}
		return nil
	})
}

func edit0(t *testing.T, file string, change func(tx *bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(file, 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(change))
	require.NoError(t, db.Close())
}

func oldRecords(from, n int) []inspection.Record {
	var records []inspection.Record
	for i := range n {
		r := storagetest.Record(from + i)
		id := ulid.ULID{15: byte(i)}
		_ = id.SetTime(uint64(r.Time.UnixMilli()))
		r.ID = id.String()
		records = append(records, r)
	}
	return records
}

func TestSchema0IsMigrated(t *testing.T) {
	dir := t.TempDir()
	first, second := oldRecords(0, 5), oldRecords(100, 5)
	e := storagetest.Review(first[1].ID, inspection.Supervisor, inspection.Pass)
	e.ID = ulid.ULID{15: 1}.String()
	writeSchema0(t, dir, "2026-11-22.001", first, []inspection.ReviewEvent{e})
	writeSchema0(t, dir, "2026-11-23.001", second, nil)

	_, err := storage.Open(dir, storage.Options{ReadOnly: true})
	require.ErrorIs(t, err, inspection.ErrReadOnly)
	require.ErrorContains(t, err, "has to be migrated")

	for range 2 { // the second time there is nothing to do
		l := storagetest.OpenIn(t, dir, storage.Options{})
		for n, want := range append(first, second...) {
			want.ImageSHA256 = ""
			got, err := l.Get(want.ID)
			require.NoError(t, err)
			require.Equal(t, n == 1, got.Supervisor != nil)
			require.True(t, want.Time.Equal(got.Time))
			require.Equal(t, want.Lot, got.Lot)
			data, _, err := l.Image(want.ID)
			require.NoError(t, err)
			require.Equal(t, storagetest.JPEG(n%5), data)
		}
		page, err := l.List(context.Background(), storage.Query{})
		require.NoError(t, err)
		require.Equal(t, 10, page.Total)
		requireSound(t, l)
		_, err = l.Append(context.Background(), storagetest.Record(1), storagetest.JPEG(1))
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.NoError(t, os.Remove(segmentFiles(t, dir)[2]))
	}
}

func TestAMigrationThatFailsChangesNothing(t *testing.T) {
	dir := t.TempDir()
	records := oldRecords(0, 3)
	writeSchema0(t, dir, "2026-11-22.001", records, nil)
	edit0(t, segmentFiles(t, dir)[0], func(tx *bolt.Tx) error { return tx.Bucket([]byte("images")).Delete([]byte(records[1].ID)) })
	before := fileSums(t, filepath.Join(dir, "segments"))
	_, err := storage.Open(dir, storage.Options{Logger: storagetest.Quiet()})
	require.ErrorIs(t, err, inspection.ErrDamaged)
	require.ErrorContains(t, err, records[1].ID)
	require.Equal(t, before, fileSums(t, filepath.Join(dir, "segments")))
}

func TestNewerVersionsAreRefusedUntouched(t *testing.T) {
	schema2 := func(tx *bolt.Tx) error {
		meta := tx.Bucket([]byte("meta"))
		header := strings.Replace(string(meta.Get([]byte("segment"))), `"schema":1`, `"schema":2`, 1)
		return meta.Put([]byte("segment"), []byte(header))
	}
	for name, file := range map[string]string{"segment": "segments/*.bolt", "index": "index.bolt"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := storagetest.OpenIn(t, dir, storage.Options{})
			_, err := l.Append(context.Background(), storagetest.Record(1), storagetest.JPEG(1))
			require.NoError(t, err)
			require.NoError(t, l.Close())
			files, err := filepath.Glob(filepath.Join(dir, file))
			require.NoError(t, err)
			edit(t, files[0], func(tx *bolt.Tx) error {
				if name == "segment" {
					return schema2(tx)
				}
				return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint64(nil, 99))
			})
			before := fileSums(t, dir)

			for _, readOnly := range []bool{false, true} {
				_, err = storage.Open(dir, storage.Options{ReadOnly: readOnly})
				require.ErrorIs(t, err, inspection.ErrNewerVersion)
				require.NotErrorIs(t, err, inspection.ErrDamaged)
			}
			require.Equal(t, before, fileSums(t, dir))
		})
	}
}

func TestFilesThatAreNotOursAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "segments"), 0o700))
	for _, name := range []string{"notes.txt", "2026-13-01.001.bolt", "2026-11-24.1.bolt", "2026-11-24.000.bolt"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "segments", name), []byte("x"), 0o600))
	}
	before := fileSums(t, dir)
	l := storagetest.OpenIn(t, dir, storage.Options{})
	require.Empty(t, l.Health().Damaged)
	require.NoError(t, l.Close())
	after := fileSums(t, dir)
	for file, sum := range before {
		require.Equal(t, sum, after[file], file)
	}
}
