package storage

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"assay/inspection"
)

// checkEvery is how many steps a search takes between two looks at its context.
const checkEvery = 1024

// counts returns the number of matches by final verdict. Whole hours are summed
// from the counters; the hours that From and To cut are walked record by record,
// and so is a serial number, which has few.
func (s *snapshot) counts(ctx context.Context, q Query, b bounds) (map[inspection.Verdict]int, error) {
	counts := map[inspection.Verdict]int{}
	if b.empty {
		return counts, nil
	}
	count := func(e *entry) bool {
		counts[e.final()]++
		return true
	}
	if q.Serial != "" {
		return clean(counts), s.each(ctx, q, b, count)
	}
	hour := uint64(time.Hour / time.Millisecond)
	firstWhole, lastWhole := (b.from+hour-1)/hour, (b.until+1)/hour // [first, last)
	if firstWhole >= lastWhole {
		err := s.each(ctx, q, b, count)
		return clean(counts), err
	}
	if err := s.sumCells(ctx, q, firstWhole, lastWhole, counts); err != nil {
		return nil, err
	}
	if err := s.correct(q, firstWhole*hour, lastWhole*hour, counts); err != nil {
		return nil, err
	}
	for _, rest := range []bounds{between(b.from, firstWhole*hour), between(lastWhole*hour, b.until+1)} {
		if err := s.each(ctx, q, rest, count); err != nil {
			return nil, err
		}
	}
	return clean(counts), nil
}

// between returns the bounds of the times [from, to) in milliseconds.
func between(from, to uint64) bounds {
	if from >= to {
		return bounds{empty: true}
	}
	return bounds{from: from, until: to - 1, low: lowestID(from), high: highestID(to - 1)}
}

// clean removes verdicts that came to nought.
func clean(counts map[inspection.Verdict]int) map[inspection.Verdict]int {
	for v, n := range counts {
		if n == 0 {
			delete(counts, v)
		}
	}
	return counts
}

// sumCells adds the counters of the hours [first, last).
func (s *snapshot) sumCells(ctx context.Context, q Query, first, last uint64, counts map[inspection.Verdict]int) error {
	if first > uint64(^uint32(0)) {
		return nil
	}
	cursor := s.cells.Cursor()
	start := binary.BigEndian.AppendUint32(nil, uint32(first))
	steps := 0
	for key, value := cursor.Seek(start); key != nil; key, value = cursor.Next() {
		if steps++; steps%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c, err := parseCell(key)
		if err != nil {
			return err
		}
		if uint64(c.hour) >= last {
			return nil
		}
		if !q.matchesCell(c) {
			continue
		}
		n, err := decodeCount(value)
		if err != nil {
			return err
		}
		counts[c.status.verdict()] += int(n)
	}
	return nil
}

// correct lays the overlay over the counters: for each record in it whose time
// lies in [from, to), the state that the file has counted goes and the new one comes.
func (s *snapshot) correct(q Query, from, to uint64, counts map[inspection.Verdict]int) error {
	for id, e := range s.overlay {
		if ms := id.Time(); ms < from || ms >= to {
			continue
		}
		former, err := s.stored(id)
		if err != nil {
			return err
		}
		if former != nil && q.matches(former) {
			counts[former.final()]--
		}
		if q.matches(e) {
			counts[e.final()]++
		}
	}
	return nil
}

// each calls fn for the records that match within the bounds, newest first, until
// fn returns false.
func (s *snapshot) each(ctx context.Context, q Query, b bounds, fn func(e *entry) bool) error {
	if b.empty {
		return nil
	}
	fresh := s.fresh(q, b)
	more := true
	err := s.eachStored(ctx, q, b, func(e *entry) bool {
		for len(fresh) > 0 && fresh[0].id.Compare(e.id) > 0 && more {
			more = fn(fresh[0])
			fresh = fresh[1:]
		}
		more = more && fn(e)
		return more
	})
	for ; err == nil && more && len(fresh) > 0; fresh = fresh[1:] {
		more = fn(fresh[0])
	}
	return err
}

// fresh returns the matches within the overlay, newest first.
func (s *snapshot) fresh(q Query, b bounds) []*entry {
	var entries []*entry
	for id, e := range s.overlay {
		if id.Compare(b.low) >= 0 && id.Compare(b.high) <= 0 && q.matches(e) {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b *entry) int { return b.id.Compare(a.id) })
	return entries
}

// eachStored walks the matches of the file that the overlay does not replace. It
// leaps between the lists of the properties asked for: each list is moved to the
// newest record that no other list has ruled out, until all agree on one.
func (s *snapshot) eachStored(ctx context.Context, q Query, b bounds, fn func(e *entry) bool) error {
	lists := s.lists(q)
	bound := b.high
	for step := 1; ; step++ {
		if step%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		id, ok := agree(lists, bound)
		if !ok || id.Compare(b.low) < 0 {
			return ctx.Err()
		}
		if _, replaced := s.overlay[id]; !replaced {
			e, err := s.stored(id)
			if err != nil {
				return err
			}
			if e != nil && q.matches(e) && !fn(e) {
				return nil
			}
		}
		if bound, ok = before(id); !ok {
			return nil
		}
	}
}

// agree returns the largest ID not above bound that stands in every list.
func agree(lists []*list, bound ulid.ULID) (ulid.ULID, bool) {
	for agreed := 0; agreed < len(lists); {
		for _, l := range lists {
			id, ok := l.atMost(bound)
			if !ok {
				return ulid.ULID{}, false
			}
			if id == bound {
				agreed++
				continue
			}
			bound, agreed = id, 1
		}
		if agreed < len(lists) {
			agreed = 0
		}
	}
	return bound, true
}

// lists returns the lists of the properties the query names, or that of all records.
func (s *snapshot) lists(q Query) []*list {
	var lists []*list
	for _, p := range []struct {
		d     dimension
		value string
	}{{bySerial, q.Serial}, {byLot, q.Lot}, {byRecipe, q.Recipe}, {byModel, q.Model}} {
		if p.value != "" {
			lists = append(lists, newList(s.postings, postingPrefix(p.d, p.value)))
		}
	}
	if len(q.Verdicts) > 0 || q.Reviewed != nil || q.Unfamiliar != nil {
		lists = append(lists, newList(s.postings, q.statusPrefixes()...))
	}
	if len(lists) == 0 {
		lists = append(lists, newList(s.entries, nil))
	}
	return lists
}

// statusPrefixes returns the prefix of each status that matches.
func (q Query) statusPrefixes() [][]byte {
	var prefixes [][]byte
	for _, v := range verdictCodes[1:] {
		for _, flags := range []status{0, statusReviewed, statusUnfamiliar, statusReviewed | statusUnfamiliar} {
			if st := newStatus(v, false, false) | flags; q.matchesStatus(st) {
				prefixes = append(prefixes, postingPrefix(byStatus, string(rune(st))))
			}
		}
	}
	return prefixes
}
