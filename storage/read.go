package storage

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"assay/inspection"
)

// Get returns the record of that ID with its reviews' decisions filled in. An
// unknown ID is inspection.ErrNotFound, a record that cannot be read
// inspection.ErrDamaged.
func (l *Log) Get(id string) (inspection.Record, error) {
	f, err := l.locate(id)
	if err != nil {
		return inspection.Record{}, err
	}
	return l.load(f)
}

// Image returns the bytes of the record's image exactly as they were appended,
// and their media type. The bytes belong to the caller.
func (l *Log) Image(id string) (data []byte, mediaType string, err error) {
	f, err := l.locate(id)
	if err != nil {
		return nil, "", err
	}
	s, err := l.segmentOf(f.entry.sequence)
	if err != nil {
		return nil, "", err
	}
	var r inspection.Record
	err = s.view(l.options.LockTimeout, func(tx *bolt.Tx) error {
		e, err := readEvent(tx, f.entry.sequence)
		if err != nil {
			return err
		}
		if r, err = decodeRecord(e.body); err != nil {
			return err
		}
		data, err = readImage(tx, f.entry.id)
		return err
	})
	return data, r.MediaType, err
}

// Reviews returns every review of the record, oldest first; none is no error.
func (l *Log) Reviews(id string) ([]inspection.ReviewEvent, error) {
	f, err := l.locate(id)
	if err != nil {
		return nil, err
	}
	return l.loadReviews(f)
}

// locate returns the record's entry and the numbers of its reviews.
func (l *Log) locate(id string) (found, error) {
	parsed, err := parseID(id)
	if err != nil {
		return found{}, fmt.Errorf("record %w", err)
	}
	var f found
	err = l.index.view(func(s *snapshot) (err error) {
		f.entry, err = s.find(parsed)
		if err == nil && f.entry == nil {
			err = fmt.Errorf("record %s: %w", id, inspection.ErrNotFound)
		}
		if err == nil && f.entry.hasReviews() {
			f.reviews = s.reviewsOf(parsed)
		}
		return err
	})
	return f, err
}

// load reads the record from its segment and its reviews from theirs.
func (l *Log) load(f found) (inspection.Record, error) {
	e, err := l.event(f.entry.sequence)
	if err != nil {
		return inspection.Record{}, err
	}
	r, err := decodeRecord(e.body)
	if err != nil {
		return inspection.Record{}, err
	}
	if e.kind != kindRecord || e.id != f.entry.id {
		return inspection.Record{}, fmt.Errorf("%w: event %d is not record %s", inspection.ErrDamaged, e.sequence, f.entry.id)
	}
	reviews, err := l.loadReviews(f)
	if err != nil {
		return inspection.Record{}, err
	}
	for _, review := range reviews {
		decision := review.Decision
		if review.Role == inspection.Supervisor {
			r.Supervisor = &decision
		} else {
			r.Operator = &decision
		}
	}
	return r, nil
}

func (l *Log) loadReviews(f found) ([]inspection.ReviewEvent, error) {
	reviews := make([]inspection.ReviewEvent, 0, len(f.reviews))
	for _, sequence := range f.reviews {
		e, err := l.event(sequence)
		if err != nil {
			return nil, err
		}
		review, err := decodeReview(e.body)
		if err != nil {
			return nil, err
		}
		reviews = append(reviews, review)
	}
	return reviews, nil
}

// event reads the event of that number.
func (l *Log) event(sequence uint64) (event, error) {
	s, err := l.segmentOf(sequence)
	if err != nil {
		return event{}, err
	}
	var e event
	err = s.view(l.options.LockTimeout, func(tx *bolt.Tx) (err error) {
		e, err = readEvent(tx, sequence)
		return err
	})
	return e, err
}

// isGone reports whether the error means that a record cannot be read any more.
func isGone(err error) bool {
	return errors.Is(err, inspection.ErrDamaged) || errors.Is(err, inspection.ErrNotFound)
}
