package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"

	"assay/inspection"
	"assay/internal/atomicfile"
)

// refuseNewerIndex fails with inspection.ErrNewerVersion for an index that a newer
// program has written, before anything is written.
func refuseNewerIndex(path string, o Options) error {
	o.ReadOnly = true
	x, err := openIndex(path, o)
	if err == nil {
		return guard(x.db.Close)
	}
	if errors.Is(err, errIndexUseless) {
		return nil
	}
	return err
}

// connectIndex opens the index, adds what is missing in it, or builds it anew.
func (l *Log) connectIndex() error {
	path := filepath.Join(l.dir, indexFile)
	x, err := openIndex(path, l.options)
	if err == nil {
		l.index = x
		if err = l.reconcile(x); err == nil {
			x.setSegments(noteSegments(l.snapshotSegments()))
			return nil
		}
		l.index = nil
		err = errors.Join(err, guard(x.db.Close))
	}
	if !errors.Is(err, errIndexUseless) {
		return err
	}
	if len(l.segments) > 0 {
		l.options.Logger.Info("building the index", "reason", err)
	}
	if l.options.ReadOnly {
		l.index, err = l.buildTemporary()
		return err
	}
	l.index, err = l.build()
	return err
}

// buildTemporary builds an index for a read-only log outside its folder.
func (l *Log) buildTemporary() (*index, error) {
	folder, err := os.MkdirTemp("", "assay-index-*")
	if err != nil {
		return nil, classify("make a temporary index", err)
	}
	x, err := l.fill(filepath.Join(folder, indexFile), l.snapshotSegments())
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	x.temporary = true
	return x, nil
}

// build builds the index beside its place and puts it there once it is whole.
func (l *Log) build() (*index, error) {
	path := filepath.Join(l.dir, indexFile)
	x, err := l.fill(filepath.Join(l.dir, "."+indexFile+".new"+temporarySuffix), l.snapshotSegments())
	if err != nil {
		return nil, err
	}
	if err := l.adopt(x, path); err != nil {
		return nil, errors.Join(err, guard(x.db.Close))
	}
	return x, nil
}

// adopt syncs a filled index and gives it its name.
func (l *Log) adopt(x *index, path string) error {
	x.db.NoSync = false
	if err := x.db.Sync(); err != nil {
		return classify("build index", err)
	}
	if err := os.Rename(x.path, path); err != nil {
		return classify("build index", err)
	}
	x.path = path
	return classify("build index", atomicfile.SyncFolder(l.dir))
}

// fill makes an index of the sound ones of these segments at path. It notes them
// and no others: the writer may begin one meanwhile. It does not sync.
func (l *Log) fill(path string, segments []*segment) (*index, error) {
	x, err := createIndex(path, l.options)
	if err != nil {
		return nil, err
	}
	x.db.NoSync = true
	x.setSegments(noteSegments(segments))
	for _, s := range segments {
		if err = l.indexSegment(x, s, 0); err != nil {
			break
		}
	}
	if err == nil {
		err = x.flush()
	}
	if err != nil {
		return nil, errors.Join(err, guard(x.db.Close), removeIfThere(path))
	}
	return x, nil
}

// reconcile brings an index that was behind up to the segments. errIndexUseless
// says that it contradicts them.
func (l *Log) reconcile(x *index) error {
	segments := l.snapshotSegments()
	present := map[string]bool{}
	for _, s := range segments {
		present[s.name.String()] = true
	}
	known := map[string]bool{}
	var missing []sequenceRange
	for i, s := range x.segments {
		known[s.Name] = true
		if present[s.Name] {
			continue
		}
		r := sequenceRange{first: s.First, last: x.last().sequence}
		if i+1 < len(x.segments) {
			r.last = x.segments[i+1].First - 1
		}
		missing = append(missing, r)
	}
	for _, s := range segments {
		header, damage := s.state()
		if damage == nil && !known[s.name.String()] && header.First <= x.last().sequence {
			return fmt.Errorf("%w: segment %s is not in it", errIndexUseless, s.name)
		}
	}
	if err := l.checkLast(x); err != nil {
		return err
	}
	if len(missing) > 0 {
		if l.options.ReadOnly {
			return fmt.Errorf("%w: segments are missing", errIndexUseless)
		}
		if err := x.purge(missing); err != nil {
			return err
		}
	}
	return l.catchUp(x)
}

// checkLast compares the newest event the index knows with the segments.
func (l *Log) checkLast(x *index) error {
	last := x.last()
	if last.sequence == 0 {
		return nil
	}
	s, err := l.segmentOf(last.sequence)
	if err != nil {
		return nil //nolint:nilerr // dropped: nothing to compare with
	}
	if _, damage := s.state(); damage != nil {
		return nil
	}
	e, err := l.event(last.sequence)
	if errors.Is(err, inspection.ErrDamaged) || err == nil && e.hash != last.hash {
		return fmt.Errorf("%w: it ends at event %d, which the segments do not have", errIndexUseless, last.sequence)
	}
	return err
}

// catchUp indexes the events after the newest one the index knows.
func (l *Log) catchUp(x *index) error {
	from := x.last().sequence + 1
	for _, s := range l.snapshotSegments() {
		header, damage := s.state()
		if damage != nil || !header.Closed.IsZero() && header.Last < from {
			continue
		}
		if err := l.indexSegment(x, s, from); err != nil {
			return err
		}
	}
	return nil
}

// chunk is how many events are indexed in one transaction.
const chunk = 16 << 10

// indexSegment adds the segment's events from number from on. A segment that
// proves damaged is set aside.
func (l *Log) indexSegment(x *index, s *segment, from uint64) error {
	if _, damage := s.state(); damage != nil {
		return nil
	}
	for {
		g := &indexer{index: x, fresh: map[ulid.ULID]*entry{}}
		err := s.view(l.options.LockTimeout, func(tx *bolt.Tx) error {
			return eachEvent(tx, from, g.event)
		})
		g.hand()
		if errors.Is(err, inspection.ErrDamaged) {
			l.markDamaged(s, fmt.Errorf("segment %s: %w", s.path, err))
			return nil
		}
		if !errors.Is(err, errChunkFull) {
			return err
		}
		if g.skipped > 0 {
			l.options.Logger.Warn("damaged events left out of the index", "segment", s.name, "events", g.skipped)
		}
		from = g.at.sequence + 1
		if !x.db.IsReadOnly() {
			if err := x.flush(); err != nil {
				return err
			}
		}
	}
}

// errChunkFull is internal: enough events for one transaction.
var errChunkFull = errors.New("chunk is full")

// indexer turns events into what the index keeps of them.
type indexer struct {
	index   *index
	pending []indexed
	fresh   map[ulid.ULID]*entry // the state of the records in pending
	at      position
	skipped int // damaged events, left out
}

// event takes one event over.
func (g *indexer) event(e event) error {
	if len(g.pending) >= chunk {
		return errChunkFull
	}
	item, err := g.item(e)
	if errors.Is(err, inspection.ErrDamaged) {
		g.skipped++ // the others of the segment can still be found; Verify names this one
	} else if err != nil {
		return err
	}
	if item.entry != nil {
		g.fresh[item.entry.id] = item.entry
	}
	g.pending = append(g.pending, item)
	g.at = position{sequence: e.sequence, hash: e.hash}
	return nil
}

func (g *indexer) item(e event) (indexed, error) {
	switch e.kind {
	case kindRecord:
		r, err := decodeRecord(e.body)
		if err != nil {
			return indexed{}, err
		}
		return indexed{entry: newEntry(e.id, e.sequence, r)}, nil
	case kindReview:
		return g.review(e)
	case kindSealed:
		var seal sealedBody
		if err := decodeJSON(e.body, &seal); err != nil {
			return indexed{}, fmt.Errorf("%w: event %d: %w", inspection.ErrDamaged, e.sequence, err)
		}
		return indexed{seal: &seal}, nil
	}
	return indexed{}, nil
}

func (g *indexer) review(e event) (indexed, error) {
	review, err := decodeReview(e.body)
	if err != nil {
		return indexed{}, err
	}
	subject, err := parseID(review.RecordID)
	if err != nil {
		return indexed{}, fmt.Errorf("%w: event %d: %w", inspection.ErrDamaged, e.sequence, err)
	}
	former := g.fresh[subject]
	if former == nil {
		err := g.index.view(func(s *snapshot) (err error) {
			former, err = s.find(subject)
			return err
		})
		if err != nil {
			return indexed{}, err
		}
	}
	if former == nil { // its segment was dropped
		return indexed{}, nil
	}
	return indexed{
		entry:  former.withDecision(review.Role, review.Decision.Verdict),
		review: &reviewLink{record: subject, sequence: e.sequence},
	}, nil
}

// hand gives what was gathered to the index.
func (g *indexer) hand() {
	if g.at.sequence > 0 {
		g.index.add(g.pending, g.at)
	}
	g.pending = nil
}
