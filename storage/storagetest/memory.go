package storagetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"assay/inspection"
	"assay/storage"
)

// Memory is a log that keeps everything in memory, for tests of what stands on
// the log. Conformance holds it to the contract of storage.Log. Its zero value is
// empty and ready. Safe for concurrent use.
type Memory struct {
	// Fail, where set, is returned by Append and AppendReview: a full disk, say. Set it before use.
	Fail error

	mutex   sync.Mutex
	records []inspection.Record // by ID
	images  map[string][]byte
	reviews map[string][]inspection.ReviewEvent
	entropy *ulid.MonotonicEntropy
}

// Append implements Log.
func (m *Memory) Append(ctx context.Context, r inspection.Record, image []byte) (inspection.Record, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if err := errors.Join(ctx.Err(), m.Fail); err != nil {
		return inspection.Record{}, err
	}
	if len(image) == 0 {
		return inspection.Record{}, fmt.Errorf("append record: %w", inspection.ErrBadImage)
	}
	if _, err := inspection.ParseVerdict(string(r.Machine.Verdict)); err != nil {
		return inspection.Record{}, err
	}
	if r.Time.IsZero() {
		r.Time = time.Now()
	}
	r.Time = r.Time.Round(0)
	if r.ID == "" {
		r.ID = m.id(r.Time)
	}
	at, clash := m.locate(r.ID)
	if clash {
		return inspection.Record{}, fmt.Errorf("record %s: %w", r.ID, inspection.ErrExists)
	}
	sum := sha256.Sum256(image)
	r.ImageSHA256 = hex.EncodeToString(sum[:])
	m.records = slices.Insert(m.records, at, r)
	if m.images == nil {
		m.images, m.reviews = map[string][]byte{}, map[string][]inspection.ReviewEvent{}
	}
	m.images[r.ID] = bytes.Clone(image)
	return r, nil
}

// AppendReview implements Log.
func (m *Memory) AppendReview(ctx context.Context, e inspection.ReviewEvent) (inspection.ReviewEvent, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if err := errors.Join(ctx.Err(), m.Fail); err != nil {
		return inspection.ReviewEvent{}, err
	}
	if _, ok := m.locate(e.RecordID); !ok {
		return inspection.ReviewEvent{}, fmt.Errorf("record %s: %w", e.RecordID, inspection.ErrNotFound)
	}
	if e.Decision.At.IsZero() {
		e.Decision.At = time.Now().Round(0)
	}
	e.ID = m.id(time.Now())
	m.reviews[e.RecordID] = append(m.reviews[e.RecordID], e)
	return e, nil
}

// Get implements Log.
func (m *Memory) Get(id string) (inspection.Record, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	at, ok := m.locate(id)
	if !ok {
		return inspection.Record{}, fmt.Errorf("record %s: %w", id, inspection.ErrNotFound)
	}
	return m.decided(m.records[at]), nil
}

// Image implements Log.
func (m *Memory) Image(id string) (data []byte, mediaType string, err error) {
	r, err := m.Get(id)
	if err != nil {
		return nil, "", err
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return bytes.Clone(m.images[id]), r.MediaType, nil
}

// Reviews implements Log.
func (m *Memory) Reviews(id string) ([]inspection.ReviewEvent, error) {
	if _, err := m.Get(id); err != nil {
		return nil, err
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return slices.Clone(m.reviews[id]), nil
}

// List implements Log.
func (m *Memory) List(_ context.Context, q storage.Query) (storage.Page, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	page := storage.Page{Records: []inspection.Record{}}
	limit := q.Limit
	if limit <= 0 {
		limit = storage.DefaultLimit
	}
	for _, r := range slices.Backward(m.records) {
		r = m.decided(r)
		if !Matches(q, r) {
			continue
		}
		page.Total++
		if q.Before != "" && r.ID >= q.Before {
			continue
		}
		if len(page.Records) == limit {
			page.Next = page.Records[limit-1].ID
			continue
		}
		page.Records = append(page.Records, r)
	}
	return page, nil
}

// Counts implements Log.
func (m *Memory) Counts(_ context.Context, q storage.Query) (map[inspection.Verdict]int, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	counts := map[inspection.Verdict]int{}
	for _, r := range m.records {
		if r = m.decided(r); Matches(q, r) {
			counts[r.Final().Verdict]++
		}
	}
	return counts, nil
}

func (m *Memory) locate(id string) (int, bool) {
	return slices.BinarySearchFunc(m.records, id, func(r inspection.Record, id string) int { return strings.Compare(r.ID, id) })
}

func (m *Memory) id(t time.Time) string {
	if m.entropy == nil {
		m.entropy = ulid.Monotonic(rand.Reader, 0)
	}
	return ulid.MustNew(ulid.Timestamp(t), m.entropy).String()
}

// decided returns the record with its reviews' decisions.
func (m *Memory) decided(r inspection.Record) inspection.Record {
	for _, e := range m.reviews[r.ID] {
		d := e.Decision
		if e.Role == inspection.Supervisor {
			r.Supervisor = &d
		} else {
			r.Operator = &d
		}
	}
	return r
}

// Matches reports whether a query chooses the record, said as plainly as can be.
func Matches(q storage.Query, r inspection.Record) bool {
	ms := r.Time.UnixMilli()
	return (q.From.IsZero() || ms >= q.From.UnixMilli()) && (q.To.IsZero() || ms < q.To.UnixMilli()) &&
		(len(q.Verdicts) == 0 || slices.Contains(q.Verdicts, r.Final().Verdict)) &&
		(q.Reviewed == nil || *q.Reviewed == r.Reviewed()) &&
		(q.Unfamiliar == nil || *q.Unfamiliar == (r.Familiarity != nil && r.Familiarity.Unfamiliar)) &&
		is(q.Model, r.Model.Name) && is(q.Lot, r.Lot) && is(q.Serial, r.Serial) && is(q.Recipe, r.Recipe)
}

func is(wanted, has string) bool { return wanted == "" || wanted == has }
