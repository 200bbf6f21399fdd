package storagetest

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"testing"

	"assay/inspection"
	"assay/storage"
)

// Log is what users of the evidence log see of it.
type Log interface {
	Append(ctx context.Context, r inspection.Record, image []byte) (inspection.Record, error)
	AppendReview(ctx context.Context, e inspection.ReviewEvent) (inspection.ReviewEvent, error)
	Get(id string) (inspection.Record, error)
	Image(id string) (data []byte, mediaType string, err error)
	Reviews(id string) ([]inspection.ReviewEvent, error)
	List(ctx context.Context, q storage.Query) (storage.Page, error)
	Counts(ctx context.Context, q storage.Query) (map[inspection.Verdict]int, error)
}

var (
	_ Log = (*storage.Log)(nil)
	_ Log = (*Memory)(nil)
)

// Conformance holds a log to the contract. open returns an empty one for each check.
func Conformance(t *testing.T, open func(t *testing.T) Log) {
	for name, check := range map[string]func(t *testing.T, l Log){
		"what was appended comes back":       checkRoundTrip,
		"reviews overwrite nothing":          checkReviews,
		"pages hold each match once":         checkPages,
		"what does not exist is not found":   checkMissing,
		"a record needs an image":            checkImage,
		"an ID is given once":                checkExists,
		"an ended context appends nothing":   checkContext,
		"the image belongs to who called":    checkOwnership,
		"counts agree with lists":            checkCounts,
		"the newest decision of a role wins": checkNewest,
		"what was taken back is no review":   checkWithdrawn,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

// fill appends n records and returns them, oldest first.
func fill(t *testing.T, l Log, n int) []inspection.Record {
	t.Helper()
	var records []inspection.Record
	for i := range n {
		r, err := l.Append(t.Context(), Record(i), JPEG(i))
		if err != nil {
			t.Fatalf("append: %v", err)
		}
		records = append(records, r)
	}
	return records
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("%s: want\n%+v\ngot\n%+v", what, want, got)
	}
}

func checkRoundTrip(t *testing.T, l Log) {
	for n, want := range fill(t, l, 5) {
		got, err := l.Get(want.ID)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "record", want, got)
		expected := Record(n)
		expected.ID, expected.ImageSHA256 = got.ID, got.ImageSHA256
		if !expected.Time.Equal(got.Time) || expected.Serial != got.Serial || !reflect.DeepEqual(expected.Heatmap, got.Heatmap) {
			t.Fatalf("record %d came back changed: %+v", n, got)
		}
		data, mediaType, err := l.Image(want.ID)
		if err != nil || mediaType != "image/jpeg" || !bytes.Equal(data, JPEG(n)) {
			t.Fatalf("image %d came back changed: %s, %v", n, mediaType, err)
		}
	}
}

func checkReviews(t *testing.T, l Log) {
	r := fill(t, l, 3)[1]
	var want []inspection.ReviewEvent
	for _, e := range []inspection.ReviewEvent{
		Review(r.ID, inspection.Operator, inspection.Fail), Review(r.ID, inspection.Supervisor, inspection.Pass),
	} {
		stored, err := l.AppendReview(t.Context(), e)
		if err != nil || stored.ID == "" {
			t.Fatalf("append review: %q, %v", stored.ID, err)
		}
		want = append(want, stored)
	}
	got, err := l.Reviews(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "reviews", want, got)
	after, err := l.Get(r.ID)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "machine verdict", r.Machine, after.Machine)
	equal(t, "operator verdict", inspection.Fail, after.Operator.Verdict)
	equal(t, "final verdict", inspection.Pass, after.Final().Verdict)
}

func checkPages(t *testing.T, l Log) {
	records := fill(t, l, 25)
	q := storage.Query{Verdicts: []inspection.Verdict{inspection.Pass}, Limit: 4}
	var want, got []string
	for i := len(records) - 1; i >= 0; i-- {
		if Matches(q, records[i]) {
			want = append(want, records[i].ID)
		}
	}
	for {
		page, err := l.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "total", len(want), page.Total)
		for _, r := range page.Records {
			got = append(got, r.ID)
		}
		if page.Next == "" {
			break
		}
		equal(t, "page", q.Limit, len(page.Records))
		q.Before = page.Next
	}
	equal(t, "records", want, got)
}

func checkMissing(t *testing.T, l Log) {
	for _, id := range []string{"", "x", "01ARZ3NDEKTSV4RRFFQ69G5FAV"} {
		_, getErr := l.Get(id)
		_, _, imageErr := l.Image(id)
		_, reviewsErr := l.Reviews(id)
		_, reviewErr := l.AppendReview(t.Context(), Review(id, inspection.Operator, inspection.Pass))
		for _, err := range []error{getErr, imageErr, reviewsErr, reviewErr} {
			if !errors.Is(err, inspection.ErrNotFound) {
				t.Fatalf("ID %q: want %v, got %v", id, inspection.ErrNotFound, err)
			}
		}
	}
}

func checkImage(t *testing.T, l Log) {
	if _, err := l.Append(t.Context(), Record(1), nil); !errors.Is(err, inspection.ErrBadImage) {
		t.Fatalf("want %v, got %v", inspection.ErrBadImage, err)
	}
	equal(t, "counts", map[inspection.Verdict]int{}, counts(t, l, storage.Query{}))
}

func checkExists(t *testing.T, l Log) {
	r := fill(t, l, 1)[0]
	if _, err := l.Append(t.Context(), r, JPEG(2)); !errors.Is(err, inspection.ErrExists) {
		t.Fatalf("want %v, got %v", inspection.ErrExists, err)
	}
}

func checkContext(t *testing.T, l Log) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ctx, Record(1), JPEG(1)); !errors.Is(err, context.Canceled) {
		t.Fatalf("want %v, got %v", context.Canceled, err)
	}
	equal(t, "counts", map[inspection.Verdict]int{}, counts(t, l, storage.Query{}))
}

func checkOwnership(t *testing.T, l Log) {
	image := JPEG(1)
	r, err := l.Append(t.Context(), Record(1), image)
	if err != nil {
		t.Fatal(err)
	}
	clear(image)
	for range 2 {
		data, _, err := l.Image(r.ID)
		if err != nil || !bytes.Equal(data, JPEG(1)) {
			t.Fatalf("the log shares its image with the caller (%v)", err)
		}
		clear(data)
	}
}

func checkCounts(t *testing.T, l Log) {
	fill(t, l, 40)
	yes, no := true, false
	for _, q := range []storage.Query{
		{Unfamiliar: &yes}, {Unfamiliar: &no, Reviewed: &no}, {Unfamiliar: &yes, Verdicts: []inspection.Verdict{inspection.Review}},
		{}, {Lot: "L-000"}, {Lot: "none"}, {Model: "demo"}, {Recipe: "Casting impeller", Verdicts: []inspection.Verdict{inspection.Fail}},
		{From: Record(10).Time, To: Record(20).Time}, {Serial: "S-000007"},
	} {
		page, err := l.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		want := map[inspection.Verdict]int{}
		for _, r := range page.Records {
			want[r.Final().Verdict]++
		}
		equal(t, "counts", want, counts(t, l, q))
	}
}

func checkNewest(t *testing.T, l Log) {
	r := fill(t, l, 1)[0]
	for _, v := range []inspection.Verdict{inspection.Fail, inspection.Pass, inspection.Review} {
		if _, err := l.AppendReview(t.Context(), Review(r.ID, inspection.Operator, v)); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "counts", map[inspection.Verdict]int{inspection.Review: 1}, counts(t, l, storage.Query{}))
}

// checkWithdrawn: a decision that its operator took back leaves the part as if nobody
// had reviewed it, but for the reviews themselves; a supervisor's word stands.
func checkWithdrawn(t *testing.T, l Log) {
	yes, no := true, false
	r := fill(t, l, 1)[0]
	for n, step := range []struct {
		role     inspection.Role
		verdict  inspection.Verdict
		reviewed int
	}{
		{inspection.Operator, inspection.Fail, 1}, {inspection.Operator, inspection.Review, 0}, {inspection.Operator, inspection.Pass, 1},
		{inspection.Operator, inspection.Review, 0}, {inspection.Supervisor, inspection.Review, 1}, {inspection.Supervisor, inspection.Fail, 1},
	} {
		if _, err := l.AppendReview(t.Context(), Review(r.ID, step.role, step.verdict)); err != nil {
			t.Fatal(err)
		}
		total := func(q storage.Query) (n int) {
			for _, count := range counts(t, l, q) {
				n += count
			}
			return n
		}
		equal(t, "reviewed records", step.reviewed, total(storage.Query{Reviewed: &yes}))
		equal(t, "records not reviewed", 1-step.reviewed, total(storage.Query{Reviewed: &no}))
		reviews, err := l.Reviews(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "number of reviews", n+1, len(reviews))
		page, err := l.List(t.Context(), storage.Query{Verdicts: []inspection.Verdict{step.verdict}})
		if err != nil || len(page.Records) != 1 {
			t.Fatalf("the part is not listed by what stands: %d, %v", len(page.Records), err)
		}
		equal(t, "verdict that stands", step.verdict, page.Records[0].Final().Verdict)
	}
}

func counts(t *testing.T, l Log, q storage.Query) map[inspection.Verdict]int {
	t.Helper()
	counts, err := l.Counts(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}
