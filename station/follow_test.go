package station

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// reviewedLog is a log of pictures, most of them reviewed.
type reviewedLog struct {
	memoryLog
	files map[string]string
	lost  error // what it says of a record that it does not list any more
}

func (l *reviewedLog) List(_ context.Context, q Query) (Page, error) {
	var page Page
	for _, r := range l.records {
		if (q.Unfamiliar == nil || *q.Unfamiliar == (r.Familiarity != nil)) && (q.Reviewed == nil || *q.Reviewed == r.Reviewed()) {
			page.Records = append(page.Records, r)
		}
	}
	return page, nil
}

func (l *reviewedLog) Get(id string) (inspection.Record, error) {
	for _, r := range l.records {
		if r.ID == id {
			return r, nil
		}
	}
	return inspection.Record{}, l.lost
}

func (l *reviewedLog) Image(id string) ([]byte, string, error) {
	data, err := os.ReadFile(l.files[id])
	return data, "image/png", err
}

// newReviewedLog is a log of 24 reviewed pictures of each kind; every other one was unfamiliar.
func newReviewedLog(t *testing.T) *reviewedLog {
	t.Helper()
	dir := t.TempDir()
	writeSamples(t, dir, 24)
	log := &reviewedLog{files: map[string]string{}, lost: inspection.ErrNotFound}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.png"))
	require.NoError(t, err)
	for i, file := range files {
		id := "01K0000000000000000000" + string(rune('A'+i/24)) + string(rune('A'+i%24))
		verdict := inspection.Pass
		if filepath.Base(filepath.Dir(file)) == "defective" {
			verdict = inspection.Fail
		}
		log.files[id] = file
		log.records = append(log.records, inspection.Record{ID: id, MediaType: "image/png", Supervisor: &inspection.Decision{Verdict: verdict}})
		if i%2 == 0 {
			log.records[i].Familiarity = &inspection.Familiarity{Unfamiliar: true}
		}
	}
	return log
}

func TestReviewedRecordsBecomeSamplesAndFollowTheirReview(t *testing.T) {
	log := newReviewedLog(t)
	s := newTestStation(t, log, 0)
	choice := DatasetChoice{Kind: DatasetReviewed}
	r, err := s.ImportDataset(t.Context(), choice, SplitRandom, nil)
	require.NoError(t, err)
	require.Empty(t, r.Problem)
	before := r.Train.Defective + r.Validation.Defective + r.Test.Defective
	require.Equal(t, 24, before)

	r, err = s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetUnfamiliar}, SplitRandom, nil)
	require.NoError(t, err)
	require.Equal(t, "unfamiliar@1", r.Snapshot)
	require.Equal(t, 24, r.Train.Total()+r.Validation.Total()+r.Test.Total(), "half of them")

	log.records[0].Supervisor = &inspection.Decision{Verdict: inspection.Pass} // reviewed once more
	log.records = log.records[:1]                                              // and the others dropped by the log's retention
	for _, log.lost = range []error{inspection.ErrNotFound, inspection.ErrDamaged} {
		r, err = s.ImportDataset(t.Context(), choice, SplitRandom, nil)
		require.NoError(t, err)
		require.Equal(t, 23, r.Train.Defective+r.Validation.Defective+r.Test.Defective)
		require.Equal(t, 1, r.Relabelled)
	}
}

// TestSamplesWhoseReviewWasTakenBackAreLeftOut until somebody decides again; what
// people said in the set itself, and what the log has dropped since, stays.
func TestSamplesWhoseReviewWasTakenBackAreLeftOut(t *testing.T) {
	log := newReviewedLog(t)
	s := newTestStation(t, log, 0)
	take := func() (DatasetReport, map[string]SampleImage) {
		r, err := s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetReviewed}, SplitRandom, nil)
		require.NoError(t, err)
		require.Empty(t, r.Problem)
		images, err := s.SampleImages(t.Context(), r.Snapshot)
		require.NoError(t, err)
		byName := make(map[string]SampleImage)
		for _, i := range images {
			byName[i.Name] = i
		}
		require.Len(t, byName, 48)
		return r, byName
	}
	_, before := take()
	open, relabelled, excluded := log.records[0], log.records[1], log.records[2]
	_, err := s.RelabelSample("reviewed", before[relabelled.ID].Digest, "normal", "Ada", "only dust")
	require.NoError(t, err)
	_, err = s.ExcludeSample("reviewed", before[excluded.ID].Digest, "Ada", "blurred")
	require.NoError(t, err)
	decide := func(v inspection.Verdict) {
		for i := range 3 {
			log.records[i].Supervisor, log.records[i].Operator = nil, &inspection.Decision{Verdict: v, Reason: "taken back: FAIL"}
		}
	}

	decide(inspection.Review)
	r, images := take()
	require.NotContains(t, strings.Join(r.Warnings, " "), "Nothing has changed")
	require.True(t, images[open.ID].Excluded)
	require.Equal(t, takenBack, images[open.ID].Reason)
	require.False(t, images[relabelled.ID].Excluded)
	require.Equal(t, "blurred", images[excluded.ID].Reason)
	require.Equal(t, 2, r.Excluded)
	again, _ := take()
	require.Equal(t, r.Snapshot, again.Snapshot, "it is open as it was")

	all := log.records
	log.records = log.records[3:] // the log's retention drops them
	_, images = take()
	require.True(t, images[open.ID].Excluded, "nobody has decided since")

	log.records = all
	decide(inspection.Pass)
	_, images = take()
	require.False(t, images[open.ID].Excluded)
	require.Equal(t, "normal", images[open.ID].Class, "as it was decided last")
	require.Equal(t, "blurred", images[excluded.ID].Reason)
	require.Equal(t, "only dust", images[relabelled.ID].Reason)
}

// TestADecisionThatDisagreesWithACopyStaysOut: a source that repeats its pictures
// has each under several records.
func TestADecisionThatDisagreesWithACopyStaysOut(t *testing.T) {
	log := newReviewedLog(t)
	s := newTestStation(t, log, 0)
	take := func() DatasetReport {
		r, err := s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetReviewed}, SplitRandom, nil)
		require.NoError(t, err)
		require.Empty(t, r.Problem)
		return r
	}
	first := &log.records[0]
	was, other := first.Supervisor.Verdict, inspection.Pass
	if was == other {
		other = inspection.Fail
	}
	take()
	first.Supervisor = &inspection.Decision{Verdict: inspection.Review}
	require.Equal(t, 1, take().Excluded)
	repeated := inspection.Record{ID: "01K9", MediaType: "image/png", Supervisor: &inspection.Decision{Verdict: other}}
	log.files[repeated.ID] = log.files[first.ID]
	log.records = append(log.records, repeated)
	require.Equal(t, 1, take().Excluded)
	log.records[0].Supervisor = &inspection.Decision{Verdict: was}
	require.Equal(t, 1, take().Excluded)

	last := len(log.records) - 1
	for _, v := range []struct {
		first, last inspection.Verdict
		excluded    int
	}{{inspection.Review, inspection.Review, 2}, {was, other, 1}} { // both are decided again at once
		log.records[0].Supervisor, log.records[last].Supervisor = &inspection.Decision{Verdict: v.first}, &inspection.Decision{Verdict: v.last}
		require.Equal(t, v.excluded, take().Excluded)
	}
}

// TestASampleIncludedByHandStays although its decision was taken back, until the log's
// decision changes again; also where the set is divided anew in between.
func TestASampleIncludedByHandStays(t *testing.T) {
	log := newReviewedLog(t)
	s := newTestStation(t, log, 0)
	now := time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)
	s.params.Clock = func() time.Time { now = now.Add(time.Minute); return now }
	take := func(split SplitKind) SampleImage {
		r, err := s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetReviewed}, split, nil)
		require.NoError(t, err)
		images, err := s.SampleImages(t.Context(), r.Snapshot)
		require.NoError(t, err)
		return images[slices.IndexFunc(images, func(i SampleImage) bool { return i.Name == log.records[0].ID })]
	}
	decide := func(v inspection.Verdict) {
		log.records[0].Supervisor = nil
		log.records[0].Operator = &inspection.Decision{Verdict: v, By: "Otto", At: s.params.Clock()}
	}
	sample := take(SplitRandom)
	decide(inspection.Review)
	require.True(t, take(SplitRandom).Excluded)

	_, err := s.IncludeSample("reviewed", sample.Digest, "Ada", "it is a crack")
	require.NoError(t, err)
	require.False(t, take(SplitRandom).Excluded, "an engineer's word stands")
	_, err = s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetSnapshot, Snapshot: "reviewed"}, SplitGrouped, nil)
	require.NoError(t, err)
	require.False(t, take(SplitGrouped).Excluded, "also in another division")

	decide(inspection.Pass) // and taken back with no import between
	decide(inspection.Review)
	require.True(t, take(SplitGrouped).Excluded, "the log's decision has changed since")
	_, err = s.IncludeSample("reviewed", sample.Digest, "Ada", "still a crack")
	require.NoError(t, err)
	decide(inspection.Pass)
	require.Equal(t, "normal", take(SplitGrouped).Class, "it follows the log as before")
	decide(inspection.Review)
	require.True(t, take(SplitGrouped).Excluded)
}

// TestWhatPeopleSaidStaysWhereASetIsDividedAnew, against what the log says too, and whatever their reason.
func TestWhatPeopleSaidStaysWhereASetIsDividedAnew(t *testing.T) {
	for label, out := range map[string]string{"only dust": "blurred", reviewedAnew: takenBack} {
		t.Run(label, func(t *testing.T) { requireSaidStays(t, label, out) })
	}
}

// requireSaidStays has a person change a label for that reason, and take an image out for the other.
func requireSaidStays(t *testing.T, label, out string) {
	t.Helper()
	log := newReviewedLog(t)
	s := newTestStation(t, log, 0)
	take := func(c DatasetChoice, split SplitKind) []SampleImage {
		r, err := s.ImportDataset(t.Context(), c, split, nil)
		require.NoError(t, err)
		require.Equal(t, 1, r.Relabelled)
		require.Equal(t, 1, r.Excluded)
		images, err := s.SampleImages(t.Context(), r.Snapshot)
		require.NoError(t, err)
		return images
	}
	_, err := s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetReviewed}, SplitRandom, nil)
	require.NoError(t, err)
	images, err := s.SampleImages(t.Context(), "reviewed")
	require.NoError(t, err)
	other := map[string]string{"normal": "defective", "defective": "normal"}[images[0].Class]
	_, err = s.RelabelSample("reviewed", images[0].Digest, other, "Ada", label)
	require.NoError(t, err)
	_, err = s.ExcludeSample("reviewed", images[1].Digest, "Ada", out)
	require.NoError(t, err)
	for _, c := range []DatasetChoice{{Kind: DatasetSnapshot, Snapshot: "reviewed"}, {Kind: DatasetReviewed}} {
		after := take(c, SplitGrouped)
		require.Equal(t, other, after[0].Class)
		require.Equal(t, label, after[0].Reason)
		require.Equal(t, out, after[1].Reason)
	}
}
