package station

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// twin returns another registry on the same folder, as another process has it.
func twin(r *Registry) *Registry { return NewRegistry(r.dir, r.bundled, r.check) }

// addVersions registers versions up to last beside the bundled version 1.
func addVersions(t *testing.T, r *Registry, last int) {
	t.Helper()
	for version := 2; version <= last; version++ {
		m, err := r.Add("demo", modelBytes(t, "demo", uint64(version)))
		require.NoError(t, err)
		require.Equal(t, version, m.Ref.Version)
	}
}

func requireActive(t *testing.T, r *Registry, version int) {
	t.Helper()
	m, err := r.Find("demo", 0)
	require.NoError(t, err)
	require.Equal(t, version, m.Ref.Version)
}

func TestTwoProcessesNeverTakeTheSameVersion(t *testing.T) {
	r := newTestRegistry(t)
	const each = 8
	var added sync.Map
	var writers sync.WaitGroup
	for process := range 2 {
		own := twin(r)
		writers.Go(func() {
			for i := range each {
				m, err := own.Add("demo", modelBytes(t, "demo", uint64(100*process+i)))
				if err != nil {
					t.Error(err)
					return
				}
				if _, taken := added.LoadOrStore(m.Ref.Version, m.Ref.SHA256); taken {
					t.Errorf("version %d was given twice", m.Ref.Version)
				}
			}
		})
	}
	writers.Wait()
	list, err := r.List()
	require.NoError(t, err)
	require.Len(t, list, 1+2*each)
	for _, m := range list[1:] {
		digest, known := added.Load(m.Ref.Version)
		require.True(t, known)
		require.Equal(t, digest, m.Ref.SHA256, "version %d was written over", m.Ref.Version)
	}
	left, err := filepath.Glob(filepath.Join(r.dir, "demo", ".*"))
	require.NoError(t, err)
	require.Empty(t, left, "no temporary file stays")
}

func TestPromotionsOfTwoProcessesFormOneChain(t *testing.T) {
	r := newTestRegistry(t)
	addVersions(t, r, 3)
	var promoters sync.WaitGroup
	for process := range 2 {
		own := twin(r)
		promoters.Go(func() {
			for range 10 {
				_, err := own.Promote("demo", 2+process, PromotionOptions{By: fmt.Sprint(process)}, time.Now())
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	promoters.Wait()
	events, err := r.Promotions("demo")
	require.NoError(t, err)
	require.Len(t, events, 20, "none is lost")
	from := 1
	for _, e := range events {
		require.Equal(t, from, e.From, "each begins where the last one ended")
		from = e.To
	}
}

func TestRollingBackTwiceGoesBackTwoSteps(t *testing.T) {
	r := newTestRegistry(t)
	addVersions(t, r, 4)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	strict := inspection.Thresholds{Pass: 0.1, Fail: 0.4}
	for _, o := range []PromotionOptions{{}, {Thresholds: &strict}, {}} {
		m, err := r.Find("demo", 0)
		require.NoError(t, err)
		_, err = r.Promote("demo", m.Ref.Version+1, o, at)
		require.NoError(t, err)
	}
	requireActive(t, r, 4)
	p, err := r.Rollback("demo", "Ada", "more escapes", at)
	require.NoError(t, err)
	require.Equal(t, Promotion{Name: "demo", From: 4, To: 3, By: "Ada", Reason: "more escapes", At: at, Kind: KindRollback, Thresholds: &strict}, p)
	m, err := r.Find("demo", 0)
	require.NoError(t, err)
	require.Equal(t, &strict, m.Thresholds, "the thresholds chosen with that version come back with it")
	for _, version := range []int{2, 1} {
		_, err = r.Rollback("", "Ada", "", at)
		require.NoError(t, err)
		requireActive(t, r, version)
	}
	_, err = r.Rollback("demo", "Ada", "", at)
	require.ErrorIs(t, err, inspection.ErrNotFound, "there is nothing before the first promotion")
	requireActive(t, r, 1)

	_, err = r.Promote("demo", 4, PromotionOptions{}, at)
	require.NoError(t, err)
	_, err = r.Rollback("demo", "Ada", "", at)
	require.NoError(t, err)
	requireActive(t, r, 1)
}

// TestOldRollbacksAreUnderstood reads events as they were written before they had a kind.
func TestOldRollbacksAreUnderstood(t *testing.T) {
	r := newTestRegistry(t)
	addVersions(t, r, 3)
	require.NoError(t, os.WriteFile(r.promotionFile(), []byte(`{"name":"demo","from":1,"to":2,"by":"Ada","at":"2026-01-02T03:04:05Z"}
{"name":"demo","from":2,"to":3,"by":"Ada","at":"2026-01-02T03:04:05Z"}
{"name":"demo","from":3,"to":2,"by":"Ada","reason":"roll-back","at":"2026-01-02T03:04:05Z"}
`), 0o600))
	_, err := r.Rollback("demo", "Ada", "", time.Now())
	require.NoError(t, err)
	requireActive(t, r, 1)
}

func TestRollbackNamesATargetThatCannotBeRead(t *testing.T) {
	for name, harm := range map[string]func(file string) error{
		"missing": os.Remove,
		"damaged": func(file string) error { return os.WriteFile(file, []byte("damaged"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newTestRegistry(t)
			addVersions(t, r, 3)
			for version := 2; version <= 3; version++ {
				_, err := r.Promote("demo", version, PromotionOptions{}, time.Now())
				require.NoError(t, err)
			}
			require.NoError(t, harm(r.file(inspection.ModelRef{Name: "demo", Version: 2})))
			_, err := r.Rollback("demo", "Ada", "", time.Now())
			require.ErrorContains(t, err, "demo@2")
			requireActive(t, r, 3)
		})
	}
}

// TestARollbackOfALineNamesTheModelThatCannotBeRead, be it the line's or the version of the name.
func TestARollbackOfALineNamesTheModelThatCannotBeRead(t *testing.T) {
	for _, damaged := range []inspection.ModelRef{{Name: "demo", Version: 2}, {Name: "line1", Version: 1}} {
		s := lineStation(t)
		require.NoError(t, s.Promote("demo", 2, nil, "Ada", "better"))
		require.NoError(t, s.Promote("line1", 2, nil, "Ada", "another"))
		r := s.params.Models
		require.NoError(t, os.WriteFile(r.file(damaged), []byte("damaged"), 0o600))
		_, err := r.Rollback("line1", "Ada", "worse", time.Now())
		require.ErrorContains(t, err, reference(damaged))
		events, err := r.Promotions("")
		require.NoError(t, err)
		require.Len(t, events, 2)
	}
}

func TestARollbackWithoutANameIsOfTheOnePromotedLast(t *testing.T) {
	r := lineStation(t).params.Models
	for _, name := range []string{"demo", "line1"} {
		_, err := r.Promote(name, 2, PromotionOptions{}, time.Now())
		require.NoError(t, err)
	}
	p, err := r.Rollback("", "Ada", "worse", time.Now())
	require.NoError(t, err)
	require.Equal(t, "line1", p.Name)
}

func TestADamagedActiveVersionDoesNotBlockAnother(t *testing.T) {
	r := newTestRegistry(t)
	addVersions(t, r, 3)
	_, err := r.Promote("demo", 2, PromotionOptions{}, time.Now())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(r.file(inspection.ModelRef{Name: "demo", Version: 2}), []byte("damaged"), 0o600))
	_, err = r.Find("demo", 0)
	require.ErrorIs(t, err, inspection.ErrBadModel)
	require.ErrorContains(t, err, "demo@2")
	p, err := r.Promote("demo", 3, PromotionOptions{By: "Ada"}, time.Now())
	require.NoError(t, err)
	require.Equal(t, 2, p.From)
	requireActive(t, r, 3)
}

// TestADamagedFirstVersionDoesNotMakeTheNextOneActive: nobody has promoted it.
func TestADamagedFirstVersionDoesNotMakeTheNextOneActive(t *testing.T) {
	r := newTestRegistry(t)
	for seed := range uint64(2) {
		_, err := r.Add("own", modelBytes(t, "own", seed))
		require.NoError(t, err)
	}
	require.NoError(t, os.WriteFile(r.file(inspection.ModelRef{Name: "own", Version: 1}), nil, 0o600))
	_, err := r.Find("own", 0)
	require.ErrorIs(t, err, inspection.ErrBadModel)
}

func TestPromotionRefusesThresholdsThatCross(t *testing.T) {
	r := newTestRegistry(t)
	_, err := r.Promote("demo", 1, PromotionOptions{Thresholds: &inspection.Thresholds{Pass: 0.9, Fail: 0.1}}, time.Now())
	require.Error(t, err)
	events, err := r.Promotions("")
	require.NoError(t, err)
	require.Empty(t, events)
}
