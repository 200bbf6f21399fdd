package storage

import (
	"errors"
	"fmt"

	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"assay/inspection"
)

const (
	// maxBatch and maxBatchBytes bound what shares one commit.
	maxBatch      = 256
	maxBatchBytes = 32 << 20
)

// write is the writer's goroutine: the only one that changes segments while the
// log is open. It takes whatever waits, commits it as one, and answers. The queue
// has no buffer: what the writer has not taken is not written.
func (l *Log) write() {
	defer close(l.written)
	for {
		select {
		case r := <-l.queue:
			l.commitAll(l.gather(r))
		case do := <-l.exclusive:
			do()
		case <-l.stop:
			return
		}
	}
}

// gather returns the request and those that wait beside it.
func (l *Log) gather(first *request) []*request {
	batch, size := []*request{first}, first.size()
	for len(batch) < maxBatch && size < maxBatchBytes {
		select {
		case r := <-l.queue:
			batch, size = append(batch, r), size+r.size()
		default:
			return batch
		}
	}
	return batch
}

// exclusively runs do on the writer's goroutine, between two commits.
func (l *Log) exclusively(do func() error) error {
	if l.options.ReadOnly {
		return inspection.ErrReadOnly
	}
	done := make(chan error, 1)
	select {
	case l.exclusive <- func() { done <- do() }:
		return <-done
	case <-l.stop:
		return inspection.ErrClosed
	}
}

// commitAll commits the batch and answers each request.
func (l *Log) commitAll(batch []*request) {
	batch = l.refuse(batch)
	if len(batch) == 0 {
		return
	}
	err := l.commit(batch)
	if errors.Is(err, errSegmentFull) && len(batch) > 1 {
		for _, r := range batch { // together they fit no segment, alone they may
			r.reply <- l.commit([]*request{r})
		}
		return
	}
	for _, r := range batch {
		r.reply <- err
	}
}

// refuse answers the requests that cannot be written whatever happens, and
// returns the others.
func (l *Log) refuse(batch []*request) []*request {
	fit := batch[:0]
	known := map[ulid.ULID]bool{}
	for _, r := range batch {
		err := l.admit(r, known)
		if err != nil {
			r.reply <- err
			continue
		}
		if r.event.kind == kindRecord {
			known[r.event.id] = true
		}
		fit = append(fit, r)
	}
	return fit
}

// admit checks the request against what is logged and what goes before it in the batch.
func (l *Log) admit(r *request, known map[ulid.ULID]bool) error {
	if r.event.kind == kindRecord && !r.given && !known[r.event.id] {
		return nil
	}
	id := r.event.id
	if r.event.kind == kindReview {
		id = r.subject
	} else if r.event.kind != kindRecord {
		return nil
	}
	exists := known[id]
	if !exists {
		err := l.index.view(func(s *snapshot) error {
			e, err := s.find(id)
			exists = e != nil
			return err
		})
		if err != nil {
			return err
		}
	}
	switch {
	case r.event.kind == kindReview && !exists:
		return fmt.Errorf("record %s: %w", id, inspection.ErrNotFound)
	case r.event.kind == kindRecord && exists:
		return fmt.Errorf("record %s: %w", id, inspection.ErrExists)
	}
	return nil
}

// errSegmentFull is internal: the open segment has no room for the batch.
var errSegmentFull = errors.New("the image does not fit a segment")

// commit writes the batch in one transaction, into a new segment where the open
// one is of another day or full.
func (l *Log) commit(batch []*request) error {
	if err := l.roomFor(batch); err != nil {
		return err
	}
	err := l.transact(batch)
	if errors.Is(err, errSegmentFull) && l.position.sequence >= l.current.header.First {
		if err := l.roll(); err != nil {
			return err
		}
		err = l.transact(batch)
	}
	return err
}

// transact writes the batch into the open segment, and tells the index.
func (l *Log) transact(batch []*request) error {
	s, at := l.current, l.position
	db := s.database()
	events := make([]indexed, 0, len(batch))
	err := guard(func() error {
		return db.Update(func(tx *bolt.Tx) error {
			tx.Bucket(bucketEvents).FillPercent = 1 // keys only ever rise
			for _, r := range batch {
				at = r.chain(at)
				if err := r.put(tx); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return l.failed(err)
	}
	for _, r := range batch {
		if e, ok := l.indexed(r, events); ok {
			events = append(events, e)
		}
	}
	l.position = at
	l.index.add(events, at)
	l.wakeFlusher()
	l.shrink(db, batch)
	return nil
}

// shrink keeps the pages of a growing segment from counting as this process's
// memory. That it did not work is no reason to refuse what is committed.
func (l *Log) shrink(db *bolt.DB, batch []*request) {
	for _, r := range batch {
		l.unreleased += r.size()
	}
	if l.unreleased < releaseEvery {
		return
	}
	l.unreleased = 0
	if err := release(db); err != nil {
		l.options.Logger.Debug("release segment pages", "error", err)
	}
}

// chain gives the request's event its number and hash, and returns its place.
func (r *request) chain(after position) position {
	r.event.sequence = after.sequence + 1
	r.event.hash = r.event.link(after.hash)
	return position{sequence: r.event.sequence, hash: r.event.hash}
}

// put stores event and image.
func (r *request) put(tx *bolt.Tx) error {
	if err := tx.Bucket(bucketEvents).Put(sequenceKey(r.event.sequence), r.event.encode()); err != nil {
		return err
	}
	if r.event.kind != kindRecord {
		return nil
	}
	return tx.Bucket(bucketImages).Put(r.event.id[:], r.image)
}

// indexed returns what the index keeps of the request; earlier are the ones of
// the same batch that it does not know yet.
func (l *Log) indexed(r *request, earlier []indexed) (indexed, bool) {
	switch r.event.kind {
	case kindRecord:
		return indexed{entry: newEntry(r.event.id, r.event.sequence, r.record)}, true
	case kindReview:
		return l.indexedReview(r.subject, r.event.sequence, r.review, earlier)
	case kindSealed:
		return indexed{seal: r.seal}, true
	}
	return indexed{}, false
}

func (l *Log) indexedReview(subject ulid.ULID, sequence uint64, review inspection.ReviewEvent, earlier []indexed) (indexed, bool) {
	var former *entry
	for _, e := range earlier {
		if e.entry != nil && e.entry.id == subject {
			former = e.entry
		}
	}
	if former == nil {
		err := l.index.view(func(s *snapshot) (err error) {
			former, err = s.find(subject)
			return err
		})
		if err != nil {
			l.options.Logger.Error("index a review", "record", subject, "error", err)
		}
	}
	if former == nil { // its segment was dropped
		return indexed{}, false
	}
	return indexed{
		entry:  former.withDecision(review.Role, review.Decision.Verdict),
		review: &reviewLink{record: subject, sequence: sequence},
	}, true
}

// failed says what a failed commit means, and makes the writer's idea of the
// segment agree with the file again.
func (l *Log) failed(err error) error {
	s := l.current
	switch {
	case errors.Is(err, bolterrors.ErrMaxSizeReached):
		return errSegmentFull
	case isDiskFull(err):
		l.options.Logger.Error("disk full: record not logged", "segment", s.name, "error", err)
	case errors.Is(err, inspection.ErrDamaged):
		l.setAside(s, err, true)
	default:
		// A failed sync may have lost any write since the last one: this file takes no more.
		l.setAside(s, nil, false)
	}
	if l.current != nil {
		l.resync()
	}
	return classify("write "+s.path, err)
}

// resync takes over events of a commit that was reported as failed but is in the file.
func (l *Log) resync() {
	s := l.current
	var last position
	err := s.view(l.options.LockTimeout, func(tx *bolt.Tx) (err error) {
		last, err = lastPosition(tx)
		return err
	})
	if err == nil && last.sequence > l.position.sequence {
		err = l.indexSegment(l.index, s, l.position.sequence+1)
		l.position = last
	}
	if err != nil {
		l.setAside(s, err, false)
	}
}

// setAside stops writing to the segment; the next commit begins another. Damage
// is kept for Health; poisoned says that bbolt itself cannot be asked any more.
func (l *Log) setAside(s *segment, damage error, poisoned bool) {
	s.mutex.Lock()
	s.poisoned = poisoned
	s.mutex.Unlock()
	if damage != nil {
		l.markDamaged(s, damage)
	} else {
		l.options.Logger.Error("segment takes no more writes", "segment", s.name)
	}
	if l.current == s {
		l.current = nil
	}
}

// markDamaged notes why the segment cannot be read. Unlike setAside it may be
// called from any goroutine.
func (l *Log) markDamaged(s *segment, damage error) {
	l.options.Logger.Error("damaged segment set aside", "file", s.path, "error", damage)
	s.mutex.Lock()
	s.damage = damage
	s.mutex.Unlock()
	if err := s.close(); err != nil {
		l.options.Logger.Warn("close damaged segment", "segment", s.name, "error", err)
	}
}

// today returns the present day in the clock's location.
func (l *Log) today() string { return l.options.Clock().Format(dayLayout) }
