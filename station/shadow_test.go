package station

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/inference"
	"assay/inference/onnx"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// shadowEngine answers what it is told to, and can be held.
type shadowEngine struct {
	meanEngine
	score float32
	hold  chan struct{}
	fail  error
	panic bool
}

func (e *shadowEngine) Infer(_ []float32, _ int, out *inference.Output) error {
	if e.hold != nil {
		<-e.hold
	}
	if e.panic {
		panic("no such weight")
	}
	out.Scores = append(out.Scores[:0], e.score)
	return e.fail
}

// shadowStation is a station on a folder whose second model of demo runs on the engine.
func shadowStation(t *testing.T, log Log, e *shadowEngine, scores ...uint8) *Station {
	t.Helper()
	s := newTestStation(t, log, 0, scores...)
	_, err := s.params.Models.Add("demo", modelBytes(t, "demo", 2))
	require.NoError(t, err)
	s.params.Engines["mean"] = func(m *onnx.Model, _ inference.EngineOptions) (inference.Engine, error) {
		if m.Card.Version == 2 {
			return e, nil
		}
		return &meanEngine{}, nil
	}
	return s
}

// runBeside runs the folder to its end and returns what the shadow found.
func runBeside(t *testing.T, s *Station, shadowDone func(ShadowStatus) bool) ShadowStatus {
	t.Helper()
	seen := make(chan ShadowStatus, 1)
	s.ShadowChanged().Subscribe(func(st ShadowStatus) {
		if shadowDone(st) {
			select {
			case seen <- st:
			default:
			}
		}
	})
	s.Start()
	require.NoError(t, s.StartShadow(inspection.ModelRef{Name: "demo", Version: 2}))
	require.NoError(t, s.SelectSource("folder:x"))
	st := <-seen
	require.NoError(t, s.Close())
	return st
}

func TestAShadowListsWhereItDisagrees(t *testing.T) {
	log := &memoryLog{}
	s := shadowStation(t, log, &shadowEngine{score: 0.9}, 10, 90, 50)
	st := runBeside(t, s, func(st ShadowStatus) bool { return st.Judged == 3 })
	require.Equal(t, 2, st.Disagreed)
	require.Equal(t, []inspection.Verdict{inspection.Review, inspection.Pass}, []inspection.Verdict{st.Disagreements[0].Current, st.Disagreements[1].Current}, "newest first")
	require.Equal(t, log.records[2].ID, st.Disagreements[0].Record)
	require.InDelta(t, 0.9, st.Disagreements[0].ShadowScore, 1e-6)
	for _, r := range log.records {
		require.Equal(t, 1, r.Model.Version, "its verdicts are kept nowhere")
	}
}

func TestASlowShadowNeverHoldsTheLine(t *testing.T) {
	log := &memoryLog{}
	e := &shadowEngine{hold: make(chan struct{})}
	s := shadowStation(t, log, e, make([]uint8, 50)...)
	judged := make(chan Judgement, 64)
	s.Judged().Subscribe(func(j Judgement) { judged <- j })
	s.Start()
	require.NoError(t, s.StartShadow(inspection.ModelRef{Name: "demo", Version: 2}))
	require.NoError(t, s.SelectSource("folder:x"))
	for range 50 {
		<-judged
	}
	require.GreaterOrEqual(t, s.ShadowStatus().Skipped, 50-shadowQueue-2)
	close(e.hold)
	require.NoError(t, s.Close())
	require.Len(t, log.records, 50)
}

func TestAShadowThatFailsStopsAlone(t *testing.T) {
	for name, e := range map[string]*shadowEngine{"panic": {panic: true}, "error": {fail: errors.New("broken")}} {
		t.Run(name, func(t *testing.T) {
			log := &memoryLog{}
			s := shadowStation(t, log, e, 10, 20, 30)
			st := runBeside(t, s, func(st ShadowStatus) bool { return st.Problem != "" })
			require.Contains(t, st.Problem, "the line goes on")
			require.Empty(t, st.Model.Name)
			require.Empty(t, s.Snapshot().Fault)
		})
	}
}

func TestAShadowCanBeStoppedAndReplaced(t *testing.T) {
	s := shadowStation(t, nil, &shadowEngine{})
	s.Start()
	s.StopShadow()
	require.ErrorIs(t, s.StartShadow(inspection.ModelRef{Name: "demo", Version: 9}), inspection.ErrNotFound)
	for range 3 {
		require.NoError(t, s.StartShadow(inspection.ModelRef{Name: "demo", Version: 2}))
		require.Equal(t, 2, s.ShadowStatus().Model.Version)
	}
	s.StopShadow()
	require.Empty(t, s.ShadowStatus().Model.Name)
	require.NoError(t, s.Close())
}

// countedEngine knows how many of its kind are open.
type countedEngine struct {
	shadowEngine
	open *atomic.Int32
}

func (e *countedEngine) Close() error {
	e.open.Add(-1)
	return nil
}

func TestShadowsStartedAtOnceLeaveOneAlive(t *testing.T) {
	s := shadowStation(t, nil, &shadowEngine{})
	var open atomic.Int32
	s.params.Engines["mean"] = func(*onnx.Model, inference.EngineOptions) (inference.Engine, error) {
		open.Add(1)
		return &countedEngine{open: &open}, nil
	}
	s.Start()
	for range 50 {
		var starts sync.WaitGroup
		for range 4 {
			starts.Go(func() {
				if err := s.StartShadow(inspection.ModelRef{Name: "demo", Version: 2}); err != nil {
					t.Error(err)
				}
			})
		}
		starts.Wait()
		s.StopShadow()
		require.Empty(t, s.ShadowStatus().Model.Name)
		require.Zero(t, open.Load(), "each that was started has ended")
	}
	require.NoError(t, s.Close())
}

func TestAShadowEndsWhenItsModelJudges(t *testing.T) {
	s := shadowStation(t, nil, &shadowEngine{})
	s.Start()
	_, err := s.params.Models.Add("demo", modelBytes(t, "demo", 3))
	require.NoError(t, err)
	require.NoError(t, s.StartShadow(inspection.ModelRef{Name: "demo", Version: 2}))
	require.NoError(t, s.SelectModel("demo", 3))
	require.Equal(t, 2, s.ShadowStatus().Model.Version, "another one judges: it goes on")
	ended := make(chan ShadowStatus, 1)
	s.ShadowChanged().Subscribe(func(st ShadowStatus) {
		if st.Model.Name == "" {
			select {
			case ended <- st:
			default: // the first counts, and a signal must not wait
			}
		}
	})
	require.NoError(t, s.Promote("demo", 2, nil, "Ada", "better"))
	var st ShadowStatus
	select {
	case st = <-ended:
	case <-time.After(patience):
		t.Fatal("it goes on beside itself")
	}
	require.Contains(t, st.Notice, "demo 2 judges the line now")
	require.Empty(t, st.Problem, "nothing is wrong")
	err = s.StartShadow(inspection.ModelRef{Name: "demo", Version: 2})
	require.ErrorContains(t, err, "judges the line already")
	require.Empty(t, s.ShadowStatus().Model.Name)
	require.NoError(t, s.StartShadow(inspection.ModelRef{Name: "demo", Version: 3}))
	require.Empty(t, s.ShadowStatus().Notice)
	require.NoError(t, s.Close())
}
