package storage

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"assay/inspection"
)

// Append logs a record and its image in one transaction and returns once that is
// on the disk. It returns the record as Get will: with its ID and ImageSHA256,
// and MediaType where that was empty. An empty Time becomes the present; an ID
// that is given must be a ULID of that time which the log does not hold, or the
// error is inspection.ErrExists. The image must not be empty and is not kept.
//
// Calls may come from any number of goroutines; those that wait at the same time
// share one commit. When ctx ends before the writer has taken the record over,
// its error is returned and nothing is written; afterwards the outcome is waited
// for. With inspection.ErrDiskFull nothing was written, nothing acknowledged is
// lost, and a later call works again once there is space.
func (l *Log) Append(ctx context.Context, r inspection.Record, image []byte) (inspection.Record, error) {
	p, stored, err := l.prepare(r, image)
	if err == nil {
		err = l.submit(ctx, p)
	}
	if err != nil {
		return inspection.Record{}, fmt.Errorf("append record: %w", err)
	}
	return stored, nil
}

// AppendReview logs a person's decision on a record as an event of its own and
// returns it with its ID and, where it was empty, its time. An unknown record is
// inspection.ErrNotFound. It commits and fails as Append does.
func (l *Log) AppendReview(ctx context.Context, e inspection.ReviewEvent) (inspection.ReviewEvent, error) {
	p, stored, err := l.prepareReview(e)
	if err == nil {
		err = l.submit(ctx, p)
	}
	if err != nil {
		return inspection.ReviewEvent{}, fmt.Errorf("append review: %w", err)
	}
	return stored, nil
}

// request is one event on its way to the writer.
type request struct {
	event   event // sequence and hash are the writer's to fill
	image   []byte
	given   bool // the caller chose the ID, so that it may exist already
	record  inspection.Record
	review  inspection.ReviewEvent
	subject ulid.ULID // the record a review is on
	seal    *sealedBody
	reply   chan error
}

// size estimates what the request adds to the file.
func (r *request) size() int64 { return int64(len(r.event.body)+len(r.image)) + 512 }

func (l *Log) prepare(r inspection.Record, image []byte) (*request, inspection.Record, error) {
	if len(image) == 0 {
		return nil, r, fmt.Errorf("%w: there is none, and a record is never kept without", inspection.ErrBadImage)
	}
	if _, err := inspection.ParseVerdict(string(r.Machine.Verdict)); err != nil {
		return nil, r, fmt.Errorf("machine %w", err)
	}
	if r.Operator != nil || r.Supervisor != nil {
		return nil, r, errors.New("decisions of people are logged with AppendReview")
	}
	given := r.ID != ""
	id, err := l.identify(&r)
	if err != nil {
		return nil, r, err
	}
	sum := digest(sha256.Sum256(image))
	r.ID, r.ImageSHA256 = id.String(), sum.String()
	if r.MediaType == "" {
		r.MediaType = mediaType(image)
	}
	body, err := encodeRecord(r)
	if err != nil {
		return nil, r, err
	}
	stored, err := decodeRecord(body)
	if err != nil {
		return nil, r, err
	}
	e := event{kind: kindRecord, id: id, body: body}
	return &request{event: e, image: image, given: given, record: stored, reply: make(chan error, 1)}, stored, nil
}

// identify returns the record's ID and fills its time.
func (l *Log) identify(r *inspection.Record) (ulid.ULID, error) {
	if r.ID == "" {
		if r.Time.IsZero() {
			r.Time = l.options.Clock()
		}
		return l.ids.next(r.Time)
	}
	id, err := ulid.ParseStrict(r.ID)
	if err != nil || id.String() != r.ID {
		return id, fmt.Errorf("ID %q: want a ULID", r.ID)
	}
	if r.Time.IsZero() {
		r.Time = id.Timestamp()
	}
	if r.Time.UnixMilli() != id.Timestamp().UnixMilli() {
		return id, fmt.Errorf("ID %s is of %s, the record of %s", r.ID, id.Timestamp().UTC().Format(time.RFC3339Nano), r.Time.UTC().Format(time.RFC3339Nano))
	}
	return id, nil
}

func (l *Log) prepareReview(e inspection.ReviewEvent) (*request, inspection.ReviewEvent, error) {
	subject, err := parseID(e.RecordID)
	if err != nil {
		return nil, e, fmt.Errorf("record %w", err)
	}
	if e.Role != inspection.Operator && e.Role != inspection.Supervisor {
		return nil, e, fmt.Errorf("role %q: want operator or supervisor", e.Role)
	}
	if _, err := inspection.ParseVerdict(string(e.Decision.Verdict)); err != nil {
		return nil, e, err
	}
	if e.ID != "" {
		return nil, e, errors.New("the log gives a review its ID")
	}
	id, err := l.ids.next(l.options.Clock())
	if err != nil {
		return nil, e, err
	}
	e.ID = id.String()
	if e.Decision.At.IsZero() {
		e.Decision.At = l.options.Clock()
	}
	body, err := json.Marshal(e)
	if err != nil {
		return nil, e, fmt.Errorf("encode review: %w", err)
	}
	stored, err := decodeReview(body)
	if err != nil {
		return nil, e, err
	}
	return &request{event: event{kind: kindReview, id: id, body: body}, review: stored, subject: subject, reply: make(chan error, 1)}, stored, nil
}

// submit hands the request to the writer and waits for its commit.
func (l *Log) submit(ctx context.Context, r *request) error {
	if l.options.ReadOnly {
		return inspection.ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case l.queue <- r:
		return <-r.reply
	case <-ctx.Done():
		return ctx.Err()
	case <-l.stop:
		return inspection.ErrClosed
	}
}

// mediaType tells JPEG and PNG by their first bytes.
func mediaType(image []byte) string {
	switch {
	case len(image) > 2 && image[0] == 0xFF && image[1] == 0xD8:
		return "image/jpeg"
	case len(image) > 3 && string(image[:4]) == "\x89PNG":
		return "image/png"
	}
	return "application/octet-stream"
}
