package storage

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"
)

// snapshot is the index at one moment: the file as a read transaction sees it,
// with the overlay of the same moment laid over it.
type snapshot struct {
	tx                       *bolt.Tx
	entries, postings, cells *bolt.Bucket
	overlay                  map[ulid.ULID]*entry
	reviews                  []reviewLink
	last                     position
}

// view runs fn with a snapshot, which is valid only within it.
func (x *index) view(fn func(s *snapshot) error) error {
	err := guard(func() error {
		s, err := x.snapshot()
		if err != nil {
			return err
		}
		defer s.tx.Rollback() //nolint:errcheck // a read transaction has nothing to lose
		return fn(s)
	})
	x.note(err)
	return classify("read index", err)
}

// snapshot takes transaction and overlay under one lock: a flush that has
// committed but not yet emptied the overlay is seen twice, which is harmless,
// and never not at all.
func (x *index) snapshot() (*snapshot, error) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	tx, err := x.db.Begin(false)
	if err != nil {
		return nil, err
	}
	return &snapshot{
		tx: tx, entries: tx.Bucket(bucketEntries), postings: tx.Bucket(bucketPostings), cells: tx.Bucket(bucketCells),
		overlay: maps.Clone(x.overlay.entries), reviews: slices.Clone(x.overlay.reviews), last: x.overlay.last,
	}, nil
}

// find returns the record's entry, nil where there is none.
func (s *snapshot) find(id ulid.ULID) (*entry, error) {
	if e := s.overlay[id]; e != nil {
		return e, nil
	}
	return s.stored(id)
}

// stored returns the entry as the file has it, nil where there is none.
func (s *snapshot) stored(id ulid.ULID) (*entry, error) {
	value := s.entries.Get(id[:])
	if value == nil {
		return nil, nil
	}
	return decodeEntry(id[:], value)
}

// reviewsOf returns the numbers of the record's review events, oldest first.
func (s *snapshot) reviewsOf(id ulid.ULID) []uint64 {
	var numbers []uint64
	cursor := s.tx.Bucket(bucketReviews).Cursor()
	for key, _ := cursor.Seek(id[:]); len(key) == len(id)+8 && bytes.HasPrefix(key, id[:]); key, _ = cursor.Next() {
		numbers = append(numbers, binary.BigEndian.Uint64(key[len(id):]))
	}
	for _, r := range s.reviews {
		if r.record == id {
			numbers = append(numbers, r.sequence)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// list walks record IDs downwards through a union of key runs that share a
// prefix each and end in an ID.
type list struct {
	runs []run
}

type run struct {
	cursor *bolt.Cursor
	prefix []byte
	at     ulid.ULID // where the cursor stands
	state  runState
}

type runState byte

const (
	runUnsought runState = iota
	runOnKey
	runOver
)

func newList(bucket *bolt.Bucket, prefixes ...[]byte) *list {
	l := &list{}
	for _, prefix := range prefixes {
		l.runs = append(l.runs, run{cursor: bucket.Cursor(), prefix: prefix})
	}
	return l
}

// atMost returns the largest ID that is not above bound. Bounds must not rise
// from call to call.
func (l *list) atMost(bound ulid.ULID) (id ulid.ULID, ok bool) {
	for i := range l.runs {
		r := &l.runs[i]
		if r.seek(bound) && (!ok || r.at.Compare(id) > 0) {
			id, ok = r.at, true
		}
	}
	return id, ok
}

// seek moves the run to the largest ID not above bound and reports whether there is one.
func (r *run) seek(bound ulid.ULID) bool {
	if r.state == runOver || (r.state == runOnKey && r.at.Compare(bound) <= 0) {
		return r.state == runOnKey
	}
	target := append(bytes.Clone(r.prefix), bound[:]...)
	key, _ := r.cursor.Seek(target)
	switch {
	case key == nil:
		key, _ = r.cursor.Last()
	case !bytes.Equal(key, target):
		key, _ = r.cursor.Prev()
	}
	if len(key) != len(target) || !bytes.HasPrefix(key, r.prefix) {
		r.state = runOver
		return false
	}
	r.state = runOnKey
	copy(r.at[:], key[len(r.prefix):])
	return true
}

// before returns the largest ID below id; false where id is the lowest.
func before(id ulid.ULID) (ulid.ULID, bool) {
	for i := len(id) - 1; i >= 0; i-- {
		id[i]--
		if id[i] != 0xFF {
			return id, true
		}
	}
	return ulid.ULID{}, false
}
