package storage

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"

	"assay/inspection"
)

// indexSchema is the version of the index file; an older one is built anew. 2 knows unfamiliar
// pictures, 3 counts no decision that was taken back as a review.
const indexSchema = 3

var (
	bucketEntries  = []byte("entries")  // record ID → entry
	bucketPostings = []byte("postings") // dimension, value, record ID → nothing
	bucketCells    = []byte("cells")    // hour, status, model, recipe, lot → count
	bucketReviews  = []byte("reviews")  // record ID, sequence → nothing
	bucketSeals    = []byte("seals")    // segment name → SHA-256 of its file
	bucketThumbs   = []byte("thumbnails")
	indexBuckets   = [][]byte{bucketMeta, bucketEntries, bucketPostings, bucketCells, bucketReviews, bucketSeals, bucketThumbs}

	keyIndexSchema = []byte("schema")
	keyLast        = []byte("last")
	keySegments    = []byte("segments")
)

// index answers queries. What was logged last lies in memory, the overlay, and is
// moved into the file in the background: an acknowledged record is found at once,
// and the file is only ever behind the segments, never ahead.
type index struct {
	path      string
	temporary bool // a read-only log's own, removed when closed

	mutex   sync.Mutex
	db      *bolt.DB
	overlay overlay
	// thumbnails wait for the next flush, by record ID in 16 bytes.
	thumbnails map[string][]byte
	segments   []indexedSegment
	dirty      bool // segments differ from the file's
	damaged    bool // to be built anew at the next start

	flushing sync.Mutex // one flush at a time
}

// indexedSegment says which segment files the index speaks of.
type indexedSegment struct {
	Name  string `json:"name"`
	First uint64 `json:"first"`
}

// overlay is what the file does not hold yet.
type overlay struct {
	entries map[ulid.ULID]*entry // the newest state of each record touched
	reviews []reviewLink
	seals   []sealedBody
	last    position
}

// reviewLink says that the event of that number is a review of the record.
type reviewLink struct {
	record   ulid.ULID
	sequence uint64
}

// openIndex opens an existing index file. errIndexUseless says it has to be built anew.
func openIndex(path string, o Options) (*index, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, errors.Join(errIndexUseless, err)
	}
	db, err := openBolt(path, 0o600, indexOptions(o))
	if err != nil {
		err = classify("open index", err)
		if errors.Is(err, inspection.ErrDamaged) {
			return nil, errors.Join(errIndexUseless, err)
		}
		return nil, err
	}
	x := &index{path: path, db: db, overlay: overlay{entries: map[ulid.ULID]*entry{}}, thumbnails: map[string][]byte{}}
	if err := guard(func() error { return db.View(x.load) }); err != nil {
		err = errors.Join(err, guard(db.Close))
		if errors.Is(err, inspection.ErrDamaged) {
			return nil, errors.Join(errIndexUseless, err)
		}
		return nil, err
	}
	return x, nil
}

// errIndexUseless is internal: the index is absent, damaged or of an older format.
var errIndexUseless = errors.New("index has to be built")

func indexOptions(o Options) bolt.Options {
	// The map is large from the start so that growing never waits for readers.
	return bolt.Options{Timeout: o.LockTimeout, ReadOnly: o.ReadOnly, InitialMmapSize: 256 << 20}
}

// load reads what the file says of itself.
func (x *index) load(tx *bolt.Tx) error {
	for _, name := range indexBuckets {
		if tx.Bucket(name) == nil {
			return errIndexUseless
		}
	}
	meta := tx.Bucket(bucketMeta)
	schema, last := meta.Get(keyIndexSchema), meta.Get(keyLast)
	if len(schema) != 8 || len(last) != 8+len(digest{}) {
		return errIndexUseless
	}
	switch v := binary.BigEndian.Uint64(schema); {
	case v > indexSchema:
		return fmt.Errorf("index %s: %w: schema %d, this program knows %d", x.path, inspection.ErrNewerVersion, v, indexSchema)
	case v < indexSchema:
		return errIndexUseless
	}
	x.overlay.last = position{sequence: binary.BigEndian.Uint64(last), hash: digest(last[8:])}
	if err := json.Unmarshal(meta.Get(keySegments), &x.segments); err != nil {
		return errIndexUseless
	}
	return nil
}

// createIndex makes an empty index file at path; one that is there is replaced.
func createIndex(path string, o Options) (*index, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, classify("replace index", err)
	}
	o.ReadOnly = false
	db, err := openBolt(path, 0o600, indexOptions(o))
	if err != nil {
		return nil, classify("create index", err)
	}
	x := &index{path: path, db: db, overlay: overlay{entries: map[ulid.ULID]*entry{}}, thumbnails: map[string][]byte{}, dirty: true}
	err = guard(func() error {
		return db.Update(func(tx *bolt.Tx) error {
			for _, name := range indexBuckets {
				if _, err := tx.CreateBucketIfNotExists(name); err != nil {
					return err
				}
			}
			return x.writeMeta(tx, position{}, nil)
		})
	})
	if err != nil {
		return nil, errors.Join(classify("create index", err), guard(db.Close), os.Remove(path))
	}
	return x, nil
}

func (x *index) writeMeta(tx *bolt.Tx, last position, segments []indexedSegment) error {
	list, err := json.Marshal(segments)
	if err != nil {
		return fmt.Errorf("encode segment list: %w", err)
	}
	meta := tx.Bucket(bucketMeta)
	return errors.Join(
		meta.Put(keyIndexSchema, binary.BigEndian.AppendUint64(nil, indexSchema)),
		meta.Put(keyLast, append(sequenceKey(last.sequence), last.hash[:]...)),
		meta.Put(keySegments, list),
	)
}

// add takes over what one commit has logged.
func (x *index) add(events []indexed, last position) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	for _, e := range events {
		if e.entry != nil {
			x.overlay.entries[e.entry.id] = e.entry
		}
		if e.review != nil {
			x.overlay.reviews = append(x.overlay.reviews, *e.review)
		}
		if e.seal != nil {
			x.overlay.seals = append(x.overlay.seals, *e.seal)
		}
	}
	x.overlay.last = last
}

// indexed is what the index keeps of one event; nil fields do not apply.
type indexed struct {
	entry  *entry
	review *reviewLink
	seal   *sealedBody
}

// setSegments tells the index which segment files there are.
func (x *index) setSegments(list []indexedSegment) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if !slices.Equal(x.segments, list) {
		x.segments, x.dirty = list, true
	}
}

// pending returns how many records and reviews wait for the next flush.
func (x *index) pending() int {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	return len(x.overlay.entries) + len(x.overlay.reviews)
}

// last returns the newest event the index knows of.
func (x *index) last() position {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	return x.overlay.last
}

// flush moves the overlay into the file. Until its commit readers use the
// overlay, from then on the file; they cannot tell the difference.
func (x *index) flush() error {
	x.flushing.Lock()
	defer x.flushing.Unlock()
	x.mutex.Lock()
	entries := make([]*entry, 0, len(x.overlay.entries))
	for _, e := range x.overlay.entries {
		entries = append(entries, e)
	}
	reviews, seals := x.overlay.reviews, x.overlay.seals
	last, segments, dirty, db := x.overlay.last, x.segments, x.dirty, x.db
	thumbnails := x.thumbnails
	x.thumbnails = map[string][]byte{}
	x.mutex.Unlock()
	if len(entries)+len(reviews)+len(seals)+len(thumbnails) == 0 && !dirty {
		return nil
	}
	err := guard(func() error {
		return db.Update(func(tx *bolt.Tx) error {
			if err := errors.Join(apply(tx, entries, reviews, seals), putThumbnails(tx, thumbnails)); err != nil {
				return err
			}
			return x.writeMeta(tx, last, segments)
		})
	})
	if err != nil {
		x.note(err)
		return classify("update index", err)
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	for _, e := range entries {
		if x.overlay.entries[e.id] == e {
			delete(x.overlay.entries, e.id)
		}
	}
	x.overlay.reviews = slices.Clone(x.overlay.reviews[len(reviews):])
	x.overlay.seals = slices.Clone(x.overlay.seals[len(seals):])
	if slices.Equal(x.segments, segments) {
		x.dirty = false
	}
	return nil
}

// note remembers that the file is damaged, so that closing removes it.
func (x *index) note(err error) {
	if !errors.Is(err, inspection.ErrDamaged) {
		return
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.damaged = true
}

// apply writes entries, reviews and seals within the transaction.
func apply(tx *bolt.Tx, entries []*entry, reviews []reviewLink, seals []sealedBody) error {
	slices.SortFunc(entries, func(a, b *entry) int { return a.id.Compare(b.id) })
	w := newIndexWriter(tx)
	for _, e := range entries {
		if err := w.put(e); err != nil {
			return err
		}
	}
	for _, r := range reviews {
		if err := w.reviews.Put(append(r.record[:], sequenceKey(r.sequence)...), []byte{}); err != nil {
			return err
		}
	}
	for _, s := range seals {
		if err := w.seals.Put([]byte(s.Segment), []byte(s.SHA256)); err != nil {
			return err
		}
	}
	return w.finish()
}

// close writes what is pending and lets go of the file, which is removed where it
// is damaged, so that the next start builds it anew.
func (x *index) close() error {
	var err error
	if !x.db.IsReadOnly() {
		err = x.flush()
		if isDiskFull(err) {
			err = nil // the segments hold everything; the next start adds what is missing
		}
	}
	x.mutex.Lock()
	db, remove := x.db, x.temporary || (x.damaged && !x.db.IsReadOnly())
	x.mutex.Unlock()
	err = errors.Join(err, guard(db.Close))
	if x.temporary {
		return errors.Join(err, os.RemoveAll(filepath.Dir(x.path)))
	}
	if remove {
		err = errors.Join(err, os.Remove(x.path))
	}
	return err
}
