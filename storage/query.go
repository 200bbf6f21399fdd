package storage

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"assay/inspection"
)

const (
	// DefaultLimit is the size of a page where the query sets none.
	DefaultLimit = 100
	// MaxLimit is the largest page there is.
	MaxLimit = 10_000
)

// Query chooses records. Every field that is set narrows the choice; the zero
// value chooses all. Texts match whole and exactly.
type Query struct {
	// From and To bound the record's time: From ≤ time < To, in milliseconds; zero times do not bound.
	From, To time.Time
	// Verdicts holds the final verdicts wanted (the supervisor's, else the operator's, else the machine's); empty
	// for all.
	Verdicts []inspection.Verdict
	// Model is the model's name, whatever its version.
	Model, Lot, Serial, Recipe string
	// Reviewed asks for records on which a person's decision stands, or none, be it that it was taken back; nil for both.
	Reviewed *bool
	// Unfamiliar asks for records whose picture was, or was not, unlike what the model had learnt from; nil for both.
	Unfamiliar *bool
	// Limit is the most records a page holds: 0 means DefaultLimit, more than MaxLimit means that.
	Limit int
	// Before is the cursor: the ID of the last record already seen; the page holds older ones. Counts ignore it.
	Before string
}

// Page is one page of an answer, newest record first.
type Page struct {
	Records []inspection.Record
	// Next is the cursor for the next page, empty after the last.
	Next string
	// Total counts all records that match, on whatever page.
	Total int
}

// List returns a page of the records that match, newest first. It sees every
// record whose Append has returned. A record whose segment is damaged is left out
// of the page and counted in Total; Health names the segment.
func (l *Log) List(ctx context.Context, q Query) (Page, error) {
	entries, total, err := l.find(ctx, q)
	if err != nil {
		return Page{}, fmt.Errorf("list records: %w", err)
	}
	page := Page{Total: total}
	if limit := q.limit(); len(entries) > limit {
		entries = entries[:limit]
		page.Next = entries[limit-1].entry.id.String()
	}
	page.Records = make([]inspection.Record, 0, len(entries))
	for _, e := range entries {
		r, err := l.load(e)
		if isGone(err) {
			l.options.Logger.Warn("record left out of the list", "id", e.entry.id, "error", err)
			continue
		}
		if err != nil {
			return Page{}, fmt.Errorf("list records: %w", err)
		}
		page.Records = append(page.Records, r)
	}
	return page, nil
}

// Counts returns how many records match, by final verdict. Verdicts without a
// record are absent.
func (l *Log) Counts(ctx context.Context, q Query) (map[inspection.Verdict]int, error) {
	b, err := q.bounds()
	if err != nil {
		return nil, fmt.Errorf("count records: %w", err)
	}
	var counts map[inspection.Verdict]int
	err = l.index.view(func(s *snapshot) (err error) {
		counts, err = s.counts(ctx, q, b)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count records: %w", err)
	}
	return counts, nil
}

// All walks every record that matches, newest first, over all pages; Limit is
// the number fetched at a time. The walk sees each record that was there when it
// began and stops after yielding an error.
func (l *Log) All(ctx context.Context, q Query) iter.Seq2[inspection.Record, error] {
	return func(yield func(inspection.Record, error) bool) {
		for {
			page, err := l.List(ctx, q)
			if err != nil {
				yield(inspection.Record{}, err)
				return
			}
			for _, r := range page.Records {
				if !yield(r, nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			q.Before = page.Next
		}
	}
}

// found is a record's entry with the events that review it.
type found struct {
	entry   *entry
	reviews []uint64
}

// find returns up to one entry more than a page holds, and the total.
func (l *Log) find(ctx context.Context, q Query) (entries []found, total int, err error) {
	b, err := q.bounds()
	if err != nil {
		return nil, 0, err
	}
	err = l.index.view(func(s *snapshot) error {
		counts, err := s.counts(ctx, q, b)
		if err != nil {
			return err
		}
		for _, n := range counts {
			total += n
		}
		if total == 0 {
			return nil
		}
		return s.each(ctx, q, b.cursor(q), func(e *entry) bool {
			f := found{entry: e}
			if e.hasReviews() {
				f.reviews = s.reviewsOf(e.id)
			}
			entries = append(entries, f)
			return len(entries) <= q.limit()
		})
	})
	return entries, total, err
}

// limit returns the page size asked for.
func (q Query) limit() int {
	if q.Limit <= 0 {
		return DefaultLimit
	}
	return min(q.Limit, MaxLimit)
}

// matches reports whether the entry has the properties asked for; time aside.
func (q Query) matches(e *entry) bool {
	return q.matchesStatus(e.status()) &&
		(q.Model == "" || q.Model == e.model) && (q.Recipe == "" || q.Recipe == e.recipe) &&
		(q.Lot == "" || q.Lot == e.lot) && (q.Serial == "" || q.Serial == e.serial)
}

func (q Query) matchesStatus(s status) bool {
	return (len(q.Verdicts) == 0 || slices.Contains(q.Verdicts, s.verdict())) && (q.Reviewed == nil || *q.Reviewed == s.reviewed()) &&
		(q.Unfamiliar == nil || *q.Unfamiliar == s.unfamiliar())
}

func (q Query) matchesCell(c cell) bool {
	return q.matchesStatus(c.status) &&
		(q.Model == "" || q.Model == c.model) && (q.Recipe == "" || q.Recipe == c.recipe) && (q.Lot == "" || q.Lot == c.lot)
}

// bounds is a closed range of IDs and the times it stands for.
type bounds struct {
	low, high ulid.ULID
	// from and until are the first and the last millisecond since 1970.
	from, until uint64
	empty       bool
}

// bounds returns the range of IDs the query's times and cursor leave.
func (q Query) bounds() (bounds, error) {
	b := bounds{until: ulid.MaxTime()}
	if !q.From.IsZero() {
		b.from = uint64(max(0, ceilMilliseconds(q.From)))
	}
	if !q.To.IsZero() {
		end := ceilMilliseconds(q.To)
		b.empty = end <= 0
		b.until = uint64(max(0, end-1))
	}
	b.until = min(b.until, ulid.MaxTime())
	b.empty = b.empty || b.from > b.until
	b.low, b.high = lowestID(b.from), highestID(b.until)
	if q.Before == "" {
		return b, nil
	}
	if _, err := parseID(q.Before); err != nil {
		return bounds{}, fmt.Errorf("cursor: %w", err)
	}
	return b, nil
}

// cursor narrows the range to what lies below the query's cursor, which bounds has checked.
func (b bounds) cursor(q Query) bounds {
	if q.Before == "" {
		return b
	}
	id, err := parseID(q.Before)
	below, ok := before(id)
	if err != nil || !ok {
		b.empty = true
		return b
	}
	if below.Compare(b.high) < 0 {
		b.high = below
	}
	b.empty = b.empty || b.high.Compare(b.low) < 0
	return b
}

// ceilMilliseconds returns the milliseconds since 1970, rounded up.
func ceilMilliseconds(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.Sub(time.UnixMilli(ms)) > 0 {
		ms++
	}
	return ms
}

func lowestID(milliseconds uint64) (id ulid.ULID) {
	if id.SetTime(milliseconds) != nil {
		return highestID(ulid.MaxTime())
	}
	return id
}

func highestID(milliseconds uint64) ulid.ULID {
	id := ulid.ULID{6: 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	if err := id.SetTime(milliseconds); err != nil {
		id = ulid.ULID{0: 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}
	}
	return id
}
