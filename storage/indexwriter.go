package storage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"

	"assay/inspection"
)

// fillAlmost is how full index pages are left: keys arrive almost in order, and
// a later review moves one now and then.
const fillAlmost = 0.9

// indexWriter changes an index file within one transaction. Postings and counters
// are gathered and written in the order of their keys, which costs bbolt least.
type indexWriter struct {
	entries, postings, cells, reviews, seals *bolt.Bucket

	changedPostings map[string]bool // key → whether it stands
	changedCells    map[string]int64
}

func newIndexWriter(tx *bolt.Tx) *indexWriter {
	w := &indexWriter{
		entries: tx.Bucket(bucketEntries), postings: tx.Bucket(bucketPostings), cells: tx.Bucket(bucketCells),
		reviews: tx.Bucket(bucketReviews), seals: tx.Bucket(bucketSeals),
		changedPostings: map[string]bool{}, changedCells: map[string]int64{},
	}
	w.entries.FillPercent, w.postings.FillPercent = fillAlmost, fillAlmost
	return w
}

// put stores the entry in the place of any former state.
func (w *indexWriter) put(e *entry) error {
	if err := w.forget(e.id); err != nil {
		return err
	}
	for _, key := range e.postings() {
		w.changedPostings[string(key)] = true
	}
	w.changedCells[string(e.cell().key())]++
	return w.entries.Put(e.id[:], e.encode())
}

// remove takes the record and its reviews out of the index.
func (w *indexWriter) remove(id ulid.ULID) error {
	if err := w.forget(id); err != nil {
		return err
	}
	var links [][]byte
	cursor := w.reviews.Cursor()
	for key, _ := cursor.Seek(id[:]); key != nil && bytes.HasPrefix(key, id[:]); key, _ = cursor.Next() {
		links = append(links, bytes.Clone(key))
	}
	for _, key := range links {
		if err := w.reviews.Delete(key); err != nil {
			return err
		}
	}
	return w.entries.Delete(id[:])
}

// forget takes back what the stored state of the record contributed.
func (w *indexWriter) forget(id ulid.ULID) error {
	value := w.entries.Get(id[:])
	if value == nil {
		return nil
	}
	former, err := decodeEntry(id[:], value)
	if err != nil {
		return err
	}
	for _, key := range former.postings() {
		w.changedPostings[string(key)] = false
	}
	w.changedCells[string(former.cell().key())]--
	return nil
}

// finish writes postings and counters.
func (w *indexWriter) finish() error {
	for _, key := range slices.Sorted(maps.Keys(w.changedPostings)) {
		var err error
		if w.changedPostings[key] {
			err = w.postings.Put([]byte(key), []byte{})
		} else {
			err = w.postings.Delete([]byte(key))
		}
		if err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.changedCells)) {
		if err := w.count([]byte(key), w.changedCells[key]); err != nil {
			return err
		}
	}
	return nil
}

// count changes one counter; at nought it is removed.
func (w *indexWriter) count(key []byte, change int64) error {
	if change == 0 {
		return nil
	}
	count, err := decodeCount(w.cells.Get(key))
	if err != nil {
		return err
	}
	count += change
	if count < 0 {
		return fmt.Errorf("%w: an index counter would fall below nought", inspection.ErrDamaged)
	}
	if count == 0 {
		return w.cells.Delete(key)
	}
	return w.cells.Put(key, binary.BigEndian.AppendUint64(nil, uint64(count)))
}

// decodeCount reads a counter's value; nil counts nought.
func decodeCount(value []byte) (int64, error) {
	if value == nil {
		return 0, nil
	}
	if len(value) != 8 || value[0]&0x80 != 0 {
		return 0, fmt.Errorf("%w: index counter of %d bytes", inspection.ErrDamaged, len(value))
	}
	return int64(binary.BigEndian.Uint64(value)), nil
}
