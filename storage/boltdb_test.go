//go:build !race

package storage_test

import (
	"context"
	"testing"

	original "github.com/boltdb/bolt"
	"github.com/stretchr/testify/require"

	"assay/storage"
	"assay/storage/storagetest"
)

// The customer asked for bolt. github.com/boltdb/bolt is archived, and its pointer
// arithmetic is a fatal error under the race detector (checkptr), which is why
// this file is left out of such builds and why the log is written with
// go.etcd.io/bbolt. That the files are the same is shown here.
func TestTheOriginalBoltReadsASegment(t *testing.T) {
	dir, records := threeDays(t, 10)
	for _, file := range segmentFiles(t, dir) {
		db, err := original.Open(file, 0o600, &original.Options{ReadOnly: true})
		require.NoError(t, err)
		require.NoError(t, db.View(func(tx *original.Tx) error {
			for err := range tx.Check() {
				t.Errorf("%s: %v", file, err)
			}
			require.NotNil(t, tx.Bucket([]byte("meta")).Get([]byte("segment")))
			require.Equal(t, 10, tx.Bucket([]byte("images")).Stats().KeyN)
			return nil
		}))
		require.NoError(t, db.Close())
	}
	l := storagetest.OpenIn(t, dir, storage.Options{})
	page, err := l.List(context.Background(), storage.Query{})
	require.NoError(t, err)
	require.Equal(t, len(records), page.Total)
}
