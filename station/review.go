package station

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the log keeps JPEG and PNG
	_ "image/png"

	"assay/inspection"
)

// errNoLog is returned by a station that runs without a log.
var errNoLog = errors.New("this station keeps no log")

// Records returns a page of the log, newest first.
func (s *Station) Records(ctx context.Context, q Query) (Page, error) {
	if s.params.Log == nil {
		return Page{}, errNoLog
	}
	return s.params.Log.List(ctx, q)
}

// Record returns one record with its reviews applied.
func (s *Station) Record(id string) (inspection.Record, error) {
	if s.params.Log == nil {
		return inspection.Record{}, errNoLog
	}
	return s.params.Log.Get(id)
}

// Review adds a person's verdict to a record. The machine's verdict and earlier
// reviews stay as they are.
func (s *Station) Review(ctx context.Context, recordID string, role inspection.Role, v inspection.Verdict, by, reason string) error {
	if s.params.Log == nil {
		return errNoLog
	}
	if _, err := inspection.ParseVerdict(string(v)); err != nil {
		return err
	}
	decision := inspection.Decision{Verdict: v, By: by, At: s.params.Clock(), Reason: reason}
	_, err := s.params.Log.AppendReview(ctx, inspection.ReviewEvent{RecordID: recordID, Role: role, Decision: decision})
	if err != nil {
		return fmt.Errorf("review %s: %w", recordID, err)
	}
	s.refresh(recordID)
	return nil
}

// refresh reads a reviewed record again where the list of recent parts shows it.
func (s *Station) refresh(id string) {
	r, err := s.params.Log.Get(id)
	if err != nil {
		s.params.Logger.Warn("read reviewed record", "record", id, "error", err)
		return
	}
	s.change(func(st *Status) {
		for i := range st.Recent {
			if st.Recent[i].ID == id {
				st.Recent[i] = r
			}
		}
	})
}

// Image returns a record's picture, decoded.
func (s *Station) Image(id string) (image.Image, error) {
	if s.params.Log == nil {
		return nil, errNoLog
	}
	data, _, err := s.params.Log.Image(id)
	if err != nil {
		return nil, err
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("image of %s: %w: %w", id, inspection.ErrBadImage, err)
	}
	return m, nil
}

// Thumbnail returns a record's picture made small, for lists.
func (s *Station) Thumbnail(id string) (image.Image, error) {
	if s.params.Log == nil {
		return nil, errNoLog
	}
	data, err := s.params.Log.Thumbnail(id)
	if err != nil {
		return nil, err
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("thumbnail of %s: %w: %w", id, inspection.ErrBadImage, err)
	}
	return m, nil
}
