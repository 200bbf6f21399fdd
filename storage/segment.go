package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"

	"assay/inspection"
)

// SchemaVersion is the version of the segment format that this program writes.
const SchemaVersion = 1

var (
	bucketMeta   = []byte("meta")
	bucketEvents = []byte("events")
	bucketImages = []byte("images")
	keyHeader    = []byte("segment")
)

// segmentHeader is the JSON under the key "segment" in the bucket "meta".
type segmentHeader struct {
	Schema  int       `json:"schema"`
	Segment string    `json:"segment"`
	Created time.Time `json:"created"`
	// First is the sequence number of the segment's first event; Previous the chain hash before it, in hex.
	First    uint64 `json:"first"`
	Previous string `json:"previous"`
	// Closed is when the segment took its last write; Last and Head are its last event's. Zero while open.
	Closed time.Time `json:"closed,omitzero"`
	Last   uint64    `json:"last,omitempty"`
	Head   string    `json:"head,omitempty"`
	// Compacted is set once the file has been rewritten without free pages.
	Compacted bool `json:"compacted,omitempty"`
}

// segment is one bbolt file of the log.
type segment struct {
	name segmentName
	path string

	mutex    sync.RWMutex // over all below, and held while db is read
	header   segmentHeader
	db       *bolt.DB // nil until needed; writable in the open segment only
	damage   error    // why the segment cannot be used; nil for a sound one
	poisoned bool     // bbolt panicked while writing: its locks may be held, so it is never closed
	gone     bool     // retention removed the file
}

// view runs fn in a read transaction, opening the file where it is not open.
// What fn is given is valid only within it.
func (s *segment) view(timeout time.Duration, fn func(tx *bolt.Tx) error) error {
	tx, err := s.begin(timeout)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // a read transaction has nothing to lose
	err = guard(func() error { return fn(tx) })
	if errors.Is(err, inspection.ErrDamaged) {
		return fmt.Errorf("read %s: %w", s.path, err)
	}
	return err
}

// begin starts a read transaction, which the caller rolls back. The lock is not
// held meanwhile: a database that is replaced closes after its last transaction.
func (s *segment) begin(timeout time.Duration) (*bolt.Tx, error) {
	for {
		s.mutex.RLock()
		db, damage, gone := s.db, s.damage, s.gone
		if db != nil && !gone {
			var tx *bolt.Tx
			err := guard(func() (err error) {
				tx, err = db.Begin(false)
				return err
			})
			s.mutex.RUnlock()
			return tx, classify("read "+s.path, err)
		}
		s.mutex.RUnlock()
		if damage != nil {
			return nil, damage
		}
		if gone {
			return nil, fmt.Errorf("segment %s was dropped: %w", s.name, inspection.ErrNotFound)
		}
		if err := s.ensureOpen(timeout); err != nil {
			return nil, err
		}
	}
}

// ensureOpen opens the file for reading where no database is there.
func (s *segment) ensureOpen(timeout time.Duration) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.db != nil || s.gone {
		return nil
	}
	db, err := openBolt(s.path, 0o600, bolt.Options{ReadOnly: true, Timeout: timeout})
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("segment file is missing: %w: %w", inspection.ErrDamaged, err)
	}
	if err != nil {
		return classify("open segment "+s.path, err)
	}
	s.db = db
	return nil
}

// close lets go of the file once the last transaction on it has ended.
func (s *segment) close() error {
	return s.replace(nil)
}

// replace puts another database, or none, in the place of the present one and closes that.
func (s *segment) replace(db *bolt.DB) error {
	s.mutex.Lock()
	former, poisoned := s.db, s.poisoned
	s.db = db
	s.mutex.Unlock()
	if former == nil || poisoned {
		return nil
	}
	return guard(former.Close)
}

// state returns the header and the damage as they are now.
func (s *segment) state() (segmentHeader, error) {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return s.header, s.damage
}

// database returns the open database, nil where there is none.
func (s *segment) database() *bolt.DB {
	s.mutex.RLock()
	defer s.mutex.RUnlock()
	return s.db
}

// position is a place in the chain: an event's sequence number and hash.
type position struct {
	sequence uint64
	hash     digest
}

// lastPosition returns the newest event's place, or the one before the segment where it holds none.
func lastPosition(tx *bolt.Tx) (position, error) {
	header, err := readHeader(tx)
	if err != nil {
		return position{}, err
	}
	events := tx.Bucket(bucketEvents)
	if events == nil {
		return position{}, fmt.Errorf("%w: no bucket of events", inspection.ErrDamaged)
	}
	key, value := events.Cursor().Last()
	if key == nil {
		hash, err := parseDigest(header.Previous)
		return position{sequence: header.First - 1, hash: hash}, err
	}
	e, err := decodeEvent(key, value)
	return position{sequence: e.sequence, hash: e.hash}, err
}

// readHeader returns the segment's header; a schema above ours is inspection.ErrNewerVersion.
func readHeader(tx *bolt.Tx) (segmentHeader, error) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		return segmentHeader{}, fmt.Errorf("%w: no bucket \"meta\"", inspection.ErrDamaged)
	}
	var h segmentHeader
	if old := meta.Get(keyOldSchema); old != nil {
		return oldHeader(old)
	}
	if err := decodeJSON(meta.Get(keyHeader), &h); err != nil {
		return segmentHeader{}, fmt.Errorf("%w: segment header: %w", inspection.ErrDamaged, err)
	}
	if h.Schema > SchemaVersion {
		return segmentHeader{}, fmt.Errorf("%w: schema %d, this program knows %d", inspection.ErrNewerVersion, h.Schema, SchemaVersion)
	}
	return h, nil
}

// writeHeader stores the header.
func writeHeader(tx *bolt.Tx, h segmentHeader) error {
	data, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode segment header: %w", err)
	}
	meta, err := tx.CreateBucketIfNotExists(bucketMeta)
	if err != nil {
		return err
	}
	return meta.Put(keyHeader, data)
}

// readEvent returns the event of that number. Its body is copied out of the transaction.
func readEvent(tx *bolt.Tx, sequence uint64) (event, error) {
	events := tx.Bucket(bucketEvents)
	if events == nil {
		return event{}, fmt.Errorf("%w: no bucket of events", inspection.ErrDamaged)
	}
	key := sequenceKey(sequence)
	value := events.Get(key)
	if value == nil {
		return event{}, fmt.Errorf("%w: event %d is missing", inspection.ErrDamaged, sequence)
	}
	e, err := decodeEvent(key, value)
	e.body = append([]byte(nil), e.body...)
	return e, err
}

// readImage returns a copy of the image beside the record of that ID.
func readImage(tx *bolt.Tx, id ulid.ULID) ([]byte, error) {
	images := tx.Bucket(bucketImages)
	if images == nil {
		return nil, fmt.Errorf("%w: no bucket of images", inspection.ErrDamaged)
	}
	value := images.Get(id[:])
	if value == nil {
		return nil, fmt.Errorf("%w: the image of record %s is missing", inspection.ErrDamaged, id)
	}
	return append([]byte(nil), value...), nil
}

// eachEvent calls fn for the events from number from on, in order, until an
// error. The event's body is valid only within fn.
func eachEvent(tx *bolt.Tx, from uint64, fn func(e event) error) error {
	events := tx.Bucket(bucketEvents)
	if events == nil {
		return fmt.Errorf("%w: no bucket of events", inspection.ErrDamaged)
	}
	cursor := events.Cursor()
	for key, value := cursor.Seek(sequenceKey(from)); key != nil; key, value = cursor.Next() {
		e, err := decodeEvent(key, value)
		if err != nil {
			return err
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}
