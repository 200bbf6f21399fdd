package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/oklog/ulid/v2"
	bolt "go.etcd.io/bbolt"
)

// maxProblems bounds how many problems a report lists.
const maxProblems = 1000

// VerifyReport is what Verify found.
type VerifyReport struct {
	Segments, Records, Images, Reviews int
	// Problems holds a sentence for each thing wrong, at most 1,000; empty for a sound log.
	Problems []string
}

// Verify walks everything there was when it was called: the pages of every
// segment file, the sealed digest of every closed one, every record with its
// image's digest, every review, the audit chain over all of them, and whether the
// index agrees. What is wrong is in the report; the error is only ctx's or that of
// a log that is closed. progress, which may be nil, is called with the number of
// events done and to do. Appends go on meanwhile.
func (l *Log) Verify(ctx context.Context, progress func(done, total int)) (VerifyReport, error) {
	v := &verifier{log: l, ctx: ctx, progress: progress, records: map[ulid.ULID]*entry{}, files: map[string]sealedBody{}}
	l.dropping.RLock() // what it reads stays until it has read it
	defer l.dropping.RUnlock()
	var err error
	if v.segments, v.until, err = l.examinees(); err != nil {
		return v.report, fmt.Errorf("verify log: %w", err)
	}
	for i := range v.segments {
		v.total += v.count(i)
	}
	for _, s := range v.segments {
		if err := v.examine(s); err != nil {
			return v.report, fmt.Errorf("verify log: %w", err)
		}
	}
	if err := v.index(); err != nil {
		return v.report, fmt.Errorf("verify log: %w", err)
	}
	return v.report, nil
}

// verifier is the state of one Verify.
type verifier struct {
	log         *Log
	ctx         context.Context //nolint:containedctx // lives as long as one call
	progress    func(done, total int)
	report      VerifyReport
	segments    []examined
	until       uint64 // events after this one came later
	done, total int

	at      position // the chain so far
	broken  bool     // the segment before cannot be read: the chain has no known start
	begun   bool
	files   map[string]sealedBody // closed files as they are, until their seal is met
	records map[ulid.ULID]*entry  // what the index should hold
}

// problem adds a sentence to the report.
func (v *verifier) problem(format string, arguments ...any) {
	if len(v.report.Problems) < maxProblems {
		v.report.Problems = append(v.report.Problems, fmt.Sprintf(format, arguments...))
	}
}

// count returns how many events the segment holds, for progress.
func (v *verifier) count(i int) int {
	s := v.segments[i]
	_, damage := s.state()
	last := s.header.Last
	if !s.closed() {
		last = v.until
	}
	if damage != nil || last < s.header.First || (!s.closed() && i < len(v.segments)-1) {
		return 0
	}
	return int(last - s.header.First + 1)
}

// examine verifies one segment. The error is the context's.
func (v *verifier) examine(s examined) error {
	v.report.Segments++
	if _, damage := s.state(); damage != nil {
		v.problem("%v", damage)
		v.begun, v.broken = true, true
		return v.ctx.Err()
	}
	if s.closed() && !v.closedFile(s.segment) {
		v.begun, v.broken = true, true
		return v.ctx.Err()
	}
	v.start(s)
	if err := v.events(s); err != nil {
		return err
	}
	if s.closed() && !v.broken && (v.at.sequence != s.header.Last || v.at.hash.String() != s.header.Head) {
		v.problem("Segment %s was closed after event %d, but its last is event %d: events were removed or changed.", s.name, s.header.Last, v.at.sequence)
	}
	if !s.closed() {
		return nil // images of records that came since are no problem
	}
	return v.images(s.segment)
}

// closedFile checks the pages of a file that no longer changes, and notes its
// digest. False means that its content must not be read.
func (v *verifier) closedFile(s *segment) bool {
	file, err := describeFile(s)
	if err == nil {
		v.files[file.Segment] = file
		err = checkPages(s.path)
	}
	if err != nil {
		v.problem("Segment file %s cannot be read: %v.", s.path, err)
		return false
	}
	return true
}

// start checks that the segment goes on where the one before ended.
func (v *verifier) start(s examined) {
	header := s.header
	previous, err := parseDigest(header.Previous)
	if err != nil {
		v.problem("Segment %s does not say which event it follows: %v.", s.name, err)
		v.broken = true
		return
	}
	switch {
	case !v.begun && header.First > 1:
		v.checkDropped(s)
	case !v.begun && previous != digest{}:
		v.problem("Segment %s says that events come before event 1.", s.name)
	case v.begun && !v.broken && (header.First != v.at.sequence+1 || previous != v.at.hash):
		v.problem("Segment %s does not follow the one before it: a segment is missing, or was changed, between event %d and event %d.",
			s.name, v.at.sequence, header.First)
	}
	v.begun, v.broken = true, false
	v.at = position{sequence: header.First - 1, hash: previous}
}

// checkDropped looks for the event that says why the log does not begin at event
// 1: retention appends one, into a segment that is still there, before it drops.
func (v *verifier) checkDropped(first examined) {
	header, explained := first.header, false
	for _, s := range v.segments {
		if _, damage := s.state(); damage != nil {
			continue
		}
		err := s.view(v.log.options.LockTimeout, func(tx *bolt.Tx) error {
			return eachEvent(tx, 0, func(e event) error {
				if e.kind != kindDropped {
					return nil
				}
				var d droppedBody
				if err := decodeJSON(e.body, &d); err == nil && d.Head == header.Previous && d.Last+1 == header.First {
					explained = true
				}
				return nil
			})
		})
		if err != nil || explained {
			break
		}
	}
	if !explained {
		v.problem("The log begins with segment %s at event %d: the segments before it are missing, and no retention has dropped them.", first.name, header.First)
	}
}

// verifyStep is how many events are read in one transaction: long ones keep the
// open segment from using its free pages again.
const verifyStep = 64

// events walks the segment's events. The error is the context's.
func (v *verifier) events(s examined) error {
	from := s.header.First
	for {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		n := 0
		err := s.view(v.log.options.LockTimeout, func(tx *bolt.Tx) error {
			return eachEvent(tx, from, func(e event) error {
				if n == verifyStep {
					return errChunkFull
				}
				if e.sequence > v.until && !s.closed() {
					return nil
				}
				n++
				from = e.sequence + 1
				v.event(s.segment, tx, e)
				return nil
			})
		})
		v.done += n
		if v.progress != nil {
			v.progress(v.done, v.total)
		}
		if errors.Is(err, errChunkFull) {
			continue
		}
		if err != nil {
			v.problem("Segment %s cannot be read after event %d: %v.", s.name, v.at.sequence, err)
			v.broken = true
		}
		return nil
	}
}

// event verifies one event and what belongs to it.
func (v *verifier) event(s *segment, tx *bolt.Tx, e event) {
	if e.sequence != v.at.sequence+1 {
		v.problem("Segment %s: events %d to %d are missing.", s.name, v.at.sequence+1, e.sequence-1)
	} else if e.link(v.at.hash) != e.hash {
		v.problem("Segment %s: event %d (%s %s) was changed, or the one before it was: it does not match the audit chain.", s.name, e.sequence, e.kind, e.id)
	}
	v.at = position{sequence: e.sequence, hash: e.hash}
	switch e.kind {
	case kindRecord:
		v.record(s, tx, e)
	case kindReview:
		v.review(s, e)
	case kindSealed:
		v.seal(s, e)
	}
}

func (v *verifier) record(s *segment, tx *bolt.Tx, e event) {
	v.report.Records++
	r, err := decodeRecord(e.body)
	if err != nil {
		v.problem("Segment %s: record %s (event %d) cannot be read: %v.", s.name, e.id, e.sequence, err)
		return
	}
	if r.ID != e.id.String() {
		v.problem("Segment %s: event %d is filed as record %s and calls itself %s.", s.name, e.sequence, e.id, r.ID)
	}
	if v.records[e.id] != nil {
		v.problem("Segment %s: record %s is there twice.", s.name, e.id)
	}
	v.records[e.id] = newEntry(e.id, e.sequence, r)
	image := tx.Bucket(bucketImages).Get(e.id[:])
	if image == nil {
		v.problem("Segment %s: the image of record %s is missing.", s.name, e.id)
		return
	}
	v.report.Images++
	if sum := digest(sha256.Sum256(image)); sum.String() != r.ImageSHA256 {
		v.problem("Segment %s: the image of record %s was changed: its digest is %s, the record says %s.", s.name, e.id, sum, r.ImageSHA256)
	}
}

func (v *verifier) review(s *segment, e event) {
	v.report.Reviews++
	review, err := decodeReview(e.body)
	if err != nil {
		v.problem("Segment %s: review %s (event %d) cannot be read: %v.", s.name, e.id, e.sequence, err)
		return
	}
	subject, err := parseID(review.RecordID)
	if err != nil || review.ID != e.id.String() {
		v.problem("Segment %s: review %s (event %d) names no record.", s.name, e.id, e.sequence)
		return
	}
	former := v.records[subject]
	if former != nil {
		v.records[subject] = former.withDecision(review.Role, review.Decision.Verdict)
	} else if v.segments[0].header.First == 1 && len(v.log.Health().Damaged) == 0 {
		v.problem("Segment %s: review %s is on record %s, which is not in the log.", s.name, e.id, subject)
	}
}

// seal compares a closed file with what was logged of it.
func (v *verifier) seal(s *segment, e event) {
	var seal sealedBody
	if err := decodeJSON(e.body, &seal); err != nil {
		v.problem("Segment %s: event %d cannot be read: %v.", s.name, e.sequence, err)
		return
	}
	if file, ok := v.files[seal.Segment]; ok && file != seal {
		v.problem("Segment file %s was changed after it was closed: its SHA-256 is %s, the log says %s.", seal.Segment, file.SHA256, seal.SHA256)
	}
}

// images looks for images without a record.
func (v *verifier) images(s *segment) error {
	var last ulid.ULID
	for more := true; more; {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		err := s.view(v.log.options.LockTimeout, func(tx *bolt.Tx) error {
			more = v.someImages(s, tx.Bucket(bucketImages).Cursor(), &last)
			return nil
		})
		if err != nil {
			v.problem("The images of segment %s cannot be read: %v.", s.name, err)
			return nil
		}
	}
	return nil
}

// someImages goes on after last, and reports whether there may be more.
func (v *verifier) someImages(s *segment, cursor *bolt.Cursor, last *ulid.ULID) bool {
	key, _ := cursor.Seek(last[:])
	for n := 0; key != nil; key, _ = cursor.Next() {
		if n++; n > chunk {
			return true
		}
		if len(key) != len(last) {
			v.problem("Segment %s: an image has the key %x, which is no record's ID.", s.name, key)
			continue
		}
		copy(last[:], key)
		if v.records[*last] == nil {
			v.problem("Segment %s: there is an image of record %s and no such record.", s.name, last)
		}
	}
	return false
}
