package storage_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

// TestAnIndexOfAnOlderSchemaIsBuiltAnew: 1 does not know unfamiliar pictures, 2 counts
// a decision that was taken back as a review.
func TestAnIndexOfAnOlderSchemaIsBuiltAnew(t *testing.T) {
	for schema, age := range map[uint64]func(t *testing.T, tx *bolt.Tx){1: forgetUnfamiliar, 2: countWithdrawn} {
		t.Run(strconv.FormatUint(schema, 10), func(t *testing.T) {
			dir := t.TempDir()
			l := storagetest.OpenIn(t, dir, storage.Options{})
			for i := range 14 {
				r, err := l.Append(t.Context(), storagetest.Record(i), storagetest.JPEG(i))
				require.NoError(t, err)
				if i == 7 {
					_, err = l.AppendReview(t.Context(), storagetest.Review(r.ID, inspection.Operator, inspection.Review))
					require.NoError(t, err)
				}
			}
			require.NoError(t, l.Close())
			edit(t, filepath.Join(dir, "index.bolt"), func(tx *bolt.Tx) error {
				age(t, tx)
				return tx.Bucket([]byte("meta")).Put([]byte("schema"), binary.BigEndian.AppendUint64(nil, schema))
			})
			for _, readOnly := range []bool{true, false, false} {
				checkAnew(t, dir, readOnly)
			}
		})
	}
}

// checkAnew opens the log of 14 records, two of them unfamiliar, one with a decision taken back.
func checkAnew(t *testing.T, dir string, readOnly bool) {
	t.Helper()
	l := storagetest.OpenIn(t, dir, storage.Options{ReadOnly: readOnly})
	yes, no := true, false
	page, err := l.List(t.Context(), storage.Query{Unfamiliar: &yes})
	require.NoError(t, err)
	require.Equal(t, 2, page.Total)
	for _, r := range page.Records {
		require.True(t, r.Familiarity.Unfamiliar)
	}
	page, err = l.List(t.Context(), storage.Query{Reviewed: &no})
	require.NoError(t, err)
	require.Equal(t, 14, page.Total)
	require.Len(t, page.Records, 14)
	if !readOnly { // counts on with what is stored
		_, err = l.AppendReview(t.Context(), storagetest.Review(page.Records[6].ID, inspection.Operator, inspection.Review))
		require.NoError(t, err)
	}
	requireSound(t, l)
	require.NoError(t, l.Close())
}

// forgetUnfamiliar makes an index what schema 1 was.
func forgetUnfamiliar(t *testing.T, tx *bolt.Tx) {
	t.Helper()
	cursor := tx.Bucket([]byte("entries")).Cursor()
	for key, value := cursor.First(); key != nil; key, value = cursor.Next() {
		former := bytes.Clone(value)
		former[8] &^= 0x20
		require.NoError(t, tx.Bucket([]byte("entries")).Put(key, former))
	}
}

// countWithdrawn marks the counters of what waits for a review with 0x10, reviewed, as
// schema 2 did where an operator had taken a decision back.
func countWithdrawn(t *testing.T, tx *bolt.Tx) {
	t.Helper()
	cells := tx.Bucket([]byte("cells"))
	cursor, marked := cells.Cursor(), map[string][]byte{}
	for key, value := cursor.First(); key != nil; key, value = cursor.Next() {
		if key[4]&0x0F == 2 {
			marked[string(key)] = bytes.Clone(value)
		}
	}
	require.NotEmpty(t, marked)
	for key, value := range marked {
		former := []byte(key)
		former[4] |= 0x10
		require.NoError(t, errors.Join(cells.Delete([]byte(key)), cells.Put(former, value)))
	}
}
