package storage

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"assay/inspection"
)

// idSource gives out ULIDs: those of one millisecond rise in the order given.
type idSource struct {
	mutex   sync.Mutex
	entropy *ulid.MonotonicEntropy
}

func newIDSource() *idSource {
	return &idSource{entropy: ulid.Monotonic(rand.Reader, 0)}
}

// next returns a new ID of the time.
func (s *idSource) next(t time.Time) (ulid.ULID, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	ms := t.UnixMilli()
	if ms < 0 {
		return ulid.ULID{}, fmt.Errorf("time %s: want one after 1970", t.Format(time.RFC3339))
	}
	id, err := ulid.New(uint64(ms), s.entropy)
	if err != nil {
		return ulid.ULID{}, fmt.Errorf("make an ID: %w", err)
	}
	return id, nil
}

// parseID reads an ID's text strictly; what is none cannot name anything.
func parseID(text string) (ulid.ULID, error) {
	id, err := ulid.ParseStrict(text)
	if err != nil || id.String() != text {
		return ulid.ULID{}, fmt.Errorf("ID %q: %w", text, inspection.ErrNotFound)
	}
	return id, nil
}
