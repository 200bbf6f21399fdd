package storage

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"assay/inspection"
)

// Schema 0 was the format before the audit chain: "records" and "images" keyed
// by the record's ID as text, "reviews" by the event's, values in plain JSON, and
// under "schema" in "meta" the text "0". Records come before reviews in the
// migrated chain, each in the order of their IDs.
func migrateFrom0(m migrating, source, target *bolt.Tx) (position, error) {
	records, images, reviews := source.Bucket([]byte("records")), source.Bucket([]byte("images")), source.Bucket([]byte("reviews"))
	if records == nil || images == nil {
		return m.after, fmt.Errorf("%w: no buckets of records and images", inspection.ErrDamaged)
	}
	at := m.after
	err := records.ForEach(func(key, value []byte) error {
		r, err := migratedRecord(value, images.Get(key))
		if err != nil {
			return fmt.Errorf("record %s: %w", key, err)
		}
		at = r.chain(at)
		return r.put(target)
	})
	if err != nil || reviews == nil {
		return at, err
	}
	err = reviews.ForEach(func(key, value []byte) error {
		e, err := decodeReview(value)
		if err != nil {
			return err
		}
		id, err := parseID(e.ID)
		if err != nil {
			return fmt.Errorf("%w: review %q", inspection.ErrDamaged, key)
		}
		body, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("encode review: %w", err)
		}
		r := &request{event: event{kind: kindReview, id: id, body: body}}
		at = r.chain(at)
		return r.put(target)
	})
	return at, err
}

// migratedRecord returns the event for a record of schema 0, whose image it must have.
func migratedRecord(value, image []byte) (*request, error) {
	var old inspection.Record
	if err := decodeJSON(value, &old); err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrDamaged, err)
	}
	id, err := parseID(old.ID)
	if err != nil {
		return nil, errors.Join(inspection.ErrDamaged, err)
	}
	if image == nil {
		return nil, fmt.Errorf("%w: its image is missing", inspection.ErrDamaged)
	}
	if old.ImageSHA256 == "" {
		old.ImageSHA256 = digest(sha256.Sum256(image)).String()
	}
	body, err := encodeRecord(old)
	if err != nil {
		return nil, err
	}
	return &request{event: event{kind: kindRecord, id: id, body: body}, image: image}, nil
}
