package storage

import (
	"errors"
	"slices"

	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"
)

// sequenceRange is a closed range of event numbers.
type sequenceRange struct{ first, last uint64 }

func (r sequenceRange) contains(n uint64) bool { return n >= r.first && n <= r.last }

// purge takes the records whose events lie in the ranges out of the index.
func (x *index) purge(ranges []sequenceRange) error {
	if err := x.flush(); err != nil {
		return err
	}
	var doomed []ulid.ULID
	err := x.view(func(s *snapshot) error {
		cursor := s.entries.Cursor()
		for key, value := cursor.First(); key != nil; key, value = cursor.Next() {
			e, err := decodeEntry(key, value)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(ranges, func(r sequenceRange) bool { return r.contains(e.sequence) }) {
				doomed = append(doomed, e.id)
			}
		}
		return nil
	})
	for batch := range slices.Chunk(doomed, chunk) {
		err = errors.Join(err, x.remove(batch))
	}
	return err
}

// remove takes records out of file and overlay.
func (x *index) remove(ids []ulid.ULID) error {
	x.flushing.Lock()
	defer x.flushing.Unlock()
	err := guard(func() error {
		return x.db.Update(func(tx *bolt.Tx) error {
			w := newIndexWriter(tx)
			for _, id := range ids {
				if err := w.remove(id); err != nil {
					return err
				}
				if err := tx.Bucket(bucketThumbs).Delete(id[:]); err != nil {
					return err
				}
			}
			return w.finish()
		})
	})
	if err != nil {
		return classify("update index", err)
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	for _, id := range ids {
		delete(x.overlay.entries, id)
	}
	return nil
}
