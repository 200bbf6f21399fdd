package storage_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

// seedVariable repeats a run of the random test.
const seedVariable = "ASSAY_TEST_SEED"

// model is a log as simple as one can be.
type model struct {
	records []inspection.Record // in the order of their IDs
	images  map[string][]byte
	reviews map[string][]inspection.ReviewEvent
}

// current returns the record with its decisions.
func (m *model) current(r inspection.Record) inspection.Record {
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

// find returns what a query should, newest first.
func (m *model) find(q storage.Query) []inspection.Record {
	var found []inspection.Record
	for _, r := range slices.Backward(m.records) {
		r = m.current(r)
		if storagetest.Matches(q, r) {
			found = append(found, r)
		}
	}
	return found
}

// drive does random things to a log and its model, and compares them.
type drive struct {
	t      *testing.T
	random *rand.Rand
	dir    string
	clock  *storagetest.Clock
	log    *storage.Log
	model  model
	serial int
}

func TestRandomOperationsAgreeWithAModel(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		seed = given
	}
	steps := 600
	if testing.Short() {
		steps = 150
	}
	t.Logf("seed %d (repeat with %s)", seed, seedVariable)
	d := &drive{
		t: t, random: rand.New(rand.NewPCG(seed, 0)), dir: t.TempDir(), clock: storagetest.NewClock(storagetest.Start),
		model: model{images: map[string][]byte{}, reviews: map[string][]inspection.ReviewEvent{}},
	}
	d.open()
	for range steps {
		d.step()
	}
	d.compareAll()
	d.reopen()
	d.compareAll()
	require.NoError(t, d.log.Close())
}

func (d *drive) open() {
	l, err := storage.Open(d.dir, storage.Options{Clock: d.clock.Now, SegmentBytes: storage.MinSegmentBytes, Logger: storagetest.Quiet()})
	require.NoError(d.t, err)
	d.log = l
}

func (d *drive) reopen() {
	require.NoError(d.t, d.log.Close())
	d.open()
}

// step does one thing, the frequent ones more often.
func (d *drive) step() {
	switch n := d.random.IntN(100); {
	case n < 45:
		d.append()
	case n < 65:
		d.review()
	case n < 85:
		d.compare(d.query())
	case n < 92:
		d.clock.Advance(time.Duration(d.random.Int64N(int64(30 * time.Hour))))
	case n < 95:
		d.reopen()
	case n < 97:
		require.NoError(d.t, d.log.Close())
		require.NoError(d.t, os.Remove(filepath.Join(d.dir, "index.bolt")))
		d.open()
	case n < 98:
		require.NoError(d.t, d.log.Rebuild(context.Background()))
	default:
		d.compareAll()
	}
}

func (d *drive) append() {
	r := storagetest.Record(d.random.IntN(300))
	r.Time = d.clock.Now()
	if d.random.IntN(4) == 0 { // late, or of a clock that went back
		r.Time = r.Time.Add(-time.Duration(d.random.Int64N(int64(50 * time.Hour))))
	}
	d.serial++
	r.Serial = fmt.Sprintf("S-%d", d.random.IntN(d.serial)/3)
	if d.random.IntN(5) == 0 {
		r.Lot, r.Recipe, r.Heatmap = "", "", nil
	}
	image := storagetest.Noise(d.random.Uint64(), 10+d.random.IntN(30_000))
	stored, err := d.log.Append(context.Background(), r, image)
	require.NoError(d.t, err)
	at, clash := slices.BinarySearchFunc(d.model.records, stored, func(a, b inspection.Record) int { return cmpText(a.ID, b.ID) })
	require.False(d.t, clash, "ID given twice")
	d.model.records = slices.Insert(d.model.records, at, stored)
	d.model.images[stored.ID] = image
	if d.random.IntN(10) == 0 {
		_, err := d.log.Append(context.Background(), stored, image)
		require.ErrorIs(d.t, err, inspection.ErrExists)
	}
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (d *drive) review() {
	if len(d.model.records) == 0 {
		return
	}
	r := d.model.records[d.random.IntN(len(d.model.records))]
	role := []inspection.Role{inspection.Operator, inspection.Supervisor}[d.random.IntN(2)]
	e, err := d.log.AppendReview(context.Background(), storagetest.Review(r.ID, role, d.verdict()))
	require.NoError(d.t, err)
	d.model.reviews[r.ID] = append(d.model.reviews[r.ID], e)
}

func (d *drive) verdict() inspection.Verdict {
	return []inspection.Verdict{inspection.Pass, inspection.Review, inspection.Fail}[d.random.IntN(3)]
}

// query returns a random one, often with several conditions.
func (d *drive) query() storage.Query {
	q := storage.Query{Limit: 1 + d.random.IntN(40)}
	maybe := func() bool { return d.random.IntN(3) == 0 }
	if maybe() {
		q.Verdicts = []inspection.Verdict{d.verdict(), d.verdict()}
	}
	if maybe() {
		reviewed := d.random.IntN(2) == 0
		q.Reviewed = &reviewed
	}
	if maybe() {
		unfamiliar := d.random.IntN(2) == 0
		q.Unfamiliar = &unfamiliar
	}
	if maybe() {
		q.From = storagetest.Start.Add(time.Duration(d.random.Int64N(int64(400*time.Hour))) - 100*time.Hour)
	}
	if maybe() {
		q.To = storagetest.Start.Add(time.Duration(d.random.Int64N(int64(600 * time.Hour))))
	}
	if len(d.model.records) == 0 {
		return q
	}
	r := d.model.records[d.random.IntN(len(d.model.records))]
	if maybe() {
		q.Lot = r.Lot
	}
	if maybe() {
		q.Model = r.Model.Name
	}
	if maybe() {
		q.Recipe = r.Recipe
	}
	if d.random.IntN(6) == 0 {
		q.Serial = r.Serial
	}
	return q
}

// compare asks log and model the same, page by page.
func (d *drive) compare(q storage.Query) {
	want := d.model.find(q)
	counts := map[inspection.Verdict]int{}
	for _, r := range want {
		counts[r.Final().Verdict]++
	}
	gotCounts, err := d.log.Counts(context.Background(), q)
	require.NoError(d.t, err)
	require.Equal(d.t, counts, gotCounts, "%+v", q)
	var got []inspection.Record
	for {
		page, err := d.log.List(context.Background(), q)
		require.NoError(d.t, err)
		require.Equal(d.t, len(want), page.Total, "%+v", q)
		require.LessOrEqual(d.t, len(page.Records), q.Limit)
		got = append(got, page.Records...)
		if page.Next == "" {
			break
		}
		require.Len(d.t, page.Records, q.Limit)
		q.Before = page.Next
	}
	require.Equal(d.t, want, got, "%+v", q)
}

// compareAll looks at everything, and verifies.
func (d *drive) compareAll() {
	d.compare(storage.Query{Limit: 1000})
	reviews := 0
	for _, r := range d.model.records {
		data, _, err := d.log.Image(r.ID)
		require.NoError(d.t, err)
		require.Equal(d.t, d.model.images[r.ID], data)
		got, err := d.log.Reviews(r.ID)
		require.NoError(d.t, err)
		require.Equal(d.t, append([]inspection.ReviewEvent{}, d.model.reviews[r.ID]...), got)
		reviews += len(got)
	}
	report := requireSound(d.t, d.log)
	require.Equal(d.t, len(d.model.records), report.Records)
	require.Equal(d.t, reviews, report.Reviews)
	for _, file := range segmentFiles(d.t, d.dir) {
		info, err := os.Stat(file)
		if err == nil { // a compaction may be putting another in its place
			require.LessOrEqual(d.t, info.Size(), int64(storage.MinSegmentBytes), "%s", file)
		}
	}
}
