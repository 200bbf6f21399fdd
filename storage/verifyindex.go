package storage

import (
	"errors"

	"github.com/oklog/ulid/v2"

	"assay/inspection"
)

// index compares the index with the records found.
func (v *verifier) index() error {
	var reviewedSince map[ulid.ULID]bool
	stored := 0
	err := v.log.index.view(func(s *snapshot) error {
		counts, err := s.counts(v.ctx, Query{}, mustBounds())
		if err != nil {
			return err
		}
		for _, n := range counts {
			stored += n
		}
		reviewedSince = s.reviewedSince(v.until)
		steps, later := 0, 0
		err = s.each(v.ctx, Query{}, mustBounds(), func(e *entry) bool {
			steps++
			if e.sequence > v.until {
				later++
				return true
			}
			v.indexed(e, reviewedSince[e.id])
			return true
		})
		if err == nil && steps != stored {
			v.problem("The index lists %d records and counts %d: rebuild it.", steps, stored)
		}
		return err
	})
	if errors.Is(err, inspection.ErrDamaged) {
		v.problem("The index cannot be read: %v. Rebuild it.", err)
		return nil
	}
	if err != nil {
		return err
	}
	for id := range v.records {
		if v.records[id] != nil {
			v.problem("Record %s is not in the index: rebuild it.", id)
		}
	}
	return nil
}

// indexed checks one entry off.
func (v *verifier) indexed(e *entry, changedSince bool) {
	want := v.records[e.id]
	if want == nil {
		if s, err := v.log.segmentOf(e.sequence); err == nil {
			if _, damage := s.state(); damage == nil {
				v.problem("The index lists record %s, which is not in the log: rebuild it.", e.id)
			}
		}
		return
	}
	if *want != *e && !changedSince {
		v.problem("The index has record %s wrong: rebuild it.", e.id)
	}
	v.records[e.id] = nil
}

// reviewedSince returns the records with a review after the event of that number.
func (s *snapshot) reviewedSince(sequence uint64) map[ulid.ULID]bool {
	since := map[ulid.ULID]bool{}
	for _, r := range s.reviews {
		if r.sequence > sequence {
			since[r.record] = true
		}
	}
	cursor := s.tx.Bucket(bucketReviews).Cursor()
	for key, _ := cursor.First(); key != nil; key, _ = cursor.Next() {
		if n := len(key) - 8; n == len(ulid.ULID{}) && string(key[n:]) > string(sequenceKey(sequence)) {
			since[ulid.ULID(key[:n])] = true
		}
	}
	return since
}

func mustBounds() bounds {
	b, _ := Query{}.bounds() // without a cursor there is nothing to go wrong
	return b
}
