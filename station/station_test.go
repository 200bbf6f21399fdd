package station

import (
	"context"
	"errors"
	"image"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"assay/capture"
	"assay/inference"
	"assay/inference/onnx"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// scriptedSource delivers frames whose first pixel is their score in percent.
type scriptedSource struct {
	scores []uint8
	next   int
	name   string
}

func (s *scriptedSource) Next(ctx context.Context) (inspection.Frame, error) {
	if s.next == len(s.scores) {
		return inspection.Frame{}, io.EOF
	}
	img := image.NewGray(image.Rect(0, 0, 32, 32))
	for i := range img.Pix {
		img.Pix[i] = s.scores[s.next]
	}
	s.next++
	return inspection.Frame{Sequence: uint64(s.next), Source: "folder:x", Name: s.name, Image: img}, ctx.Err()
}

func (s *scriptedSource) Info() capture.Info {
	return capture.Info{Spec: capture.Spec{Kind: capture.Folder, Value: "x"}, Width: 32, Height: 32}
}
func (s *scriptedSource) Close() error { return nil }

// meanEngine scores an image by its mean, in percent of 8 bits.
type meanEngine struct{}

func (e *meanEngine) Name() string { return "mean" }
func (e *meanEngine) Close() error { return nil }
func (e *meanEngine) Infer(images []float32, n int, out *inference.Output) error {
	out.Scores = append(out.Scores[:0], images[0]*255/100)
	return nil
}

// memoryLog keeps records in memory and fails while fault is set.
type memoryLog struct {
	Log
	mu      sync.Mutex
	fault   error
	records []inspection.Record
	images  [][]byte
}

func (l *memoryLog) Append(_ context.Context, r inspection.Record, data []byte) (inspection.Record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault != nil {
		return r, l.fault
	}
	r.ID = string(rune('a' + len(l.records)))
	l.records, l.images = append(l.records, r), append(l.images, data)
	return r, nil
}

func (l *memoryLog) setFault(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = err
}

func newTestStation(t *testing.T, log Log, limit int, scores ...uint8) *Station {
	t.Helper()
	p := Params{
		Data: t.TempDir(), Models: newTestRegistry(t), Log: log, Limit: limit, Engine: "mean",
		Recipes: []inspection.Recipe{{Name: "Test", Part: "Test part", Model: "demo", Trigger: inspection.TriggerContinuous}},
		Engines: map[string]inference.EngineFactory{
			"mean": func(*onnx.Model, inference.EngineOptions) (inference.Engine, error) { return &meanEngine{}, nil },
		},
		Openers: capture.Openers{capture.Folder: func(context.Context, string, capture.Options) (capture.Source, error) {
			return &scriptedSource{scores: scores}, nil
		}},
	}
	s, err := New(p)
	require.NoError(t, err)
	require.NoError(t, s.SelectRecipe("Test"))
	return s
}

func TestEveryPictureOfAFolderIsJudgedAndLogged(t *testing.T) {
	log := &memoryLog{}
	s := newTestStation(t, log, 0, 10, 50, 90)
	var verdicts []inspection.Verdict
	err := s.RunSource(t.Context(), "folder:x", func(j Judgement) error {
		verdicts = append(verdicts, j.Record.Machine.Verdict)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []inspection.Verdict{inspection.Pass, inspection.Review, inspection.Fail}, verdicts)
	require.Len(t, log.records, 3)
	for i, r := range log.records {
		require.Equal(t, "image/jpeg", r.MediaType)
		require.NotEmpty(t, log.images[i])
		require.Equal(t, inspection.Thresholds{Pass: 0.2, Fail: 0.8}, r.Thresholds)
		require.Equal(t, "demo", r.Model.Name)
	}
	require.Equal(t, Counters{1, 1, 1}, s.Snapshot().Counters)
	require.Equal(t, log.records[2].ID, s.Snapshot().Recent[0].ID, "newest first")
}

func TestLimitEndsTheRun(t *testing.T) {
	log := &memoryLog{}
	s := newTestStation(t, log, 2, 10, 20, 30, 40)
	require.NoError(t, s.RunSource(t.Context(), "folder:x", func(Judgement) error { return nil }))
	require.Len(t, log.records, 2)
}

func TestAHeadlessRunEndsAtAFault(t *testing.T) {
	log := &memoryLog{fault: inspection.ErrDiskFull}
	s := newTestStation(t, log, 0, 10, 20)
	err := s.RunSource(t.Context(), "folder:x", func(Judgement) error {
		t.Error("a verdict was announced that is not in the log")
		return nil
	})
	require.True(t, IsFault(err))
	require.ErrorContains(t, err, "disk is full")
}

func TestAWriterErrorEndsTheRun(t *testing.T) {
	broken := errors.New("broken pipe")
	s := newTestStation(t, &memoryLog{}, 0, 10, 20)
	require.ErrorIs(t, s.RunSource(t.Context(), "folder:x", func(Judgement) error { return broken }), broken)
}

func TestAFullDiskHoldsTheLineAndLosesNothing(t *testing.T) {
	log := &memoryLog{fault: inspection.ErrDiskFull}
	s := newTestStation(t, log, 0, 10, 50, 90)
	faults, judged := make(chan string, 64), make(chan Judgement, 8)
	s.Changed().Subscribe(func(st Status) {
		select {
		case faults <- st.Fault:
		default: // only the first faults matter
		}
	})
	s.Judged().Subscribe(func(j Judgement) { judged <- j })
	s.Start()
	require.NoError(t, s.SelectSource("folder:x"))
	for text := range faults {
		if text != "" {
			require.Contains(t, text, "disk is full")
			break
		}
	}
	require.Empty(t, judged, "no verdict is final before its commit")
	log.setFault(nil)
	for range 3 {
		<-judged
	}
	require.NoError(t, s.Close())
	require.Len(t, log.records, 3)
	require.Empty(t, s.Snapshot().Fault)
}

func TestAModelForAnotherPartIsReported(t *testing.T) {
	s := newTestStation(t, nil, 0)
	require.Empty(t, s.Snapshot().Notice)
	s.params.Recipes = append(s.params.Recipes, inspection.Recipe{Name: "Other", Part: "Valve", Model: "demo", Trigger: inspection.TriggerManual})
	require.NoError(t, s.SelectRecipe("Other"))
	require.Contains(t, s.Snapshot().Notice, "trained on Test part, not on Valve")
}

func TestAModelThatCannotBeLoadedLeavesTheOldOne(t *testing.T) {
	s := newTestStation(t, nil, 0)
	before := s.Snapshot().Model
	require.ErrorIs(t, s.SelectModel("demo", 9), inspection.ErrNotFound)
	require.ErrorIs(t, s.SelectEngine("abacus"), inspection.ErrNotFound)
	require.Equal(t, before, s.Snapshot().Model)
}

func TestChangingTheModelLosesNoFrame(t *testing.T) {
	scores := make([]uint8, 200)
	log := &memoryLog{}
	s := newTestStation(t, log, 0, scores...)
	_, err := s.params.Models.Add("demo", modelBytes(t, "demo", 2))
	require.NoError(t, err)
	count := 0
	err = s.RunSource(t.Context(), "folder:x", func(Judgement) error {
		count++
		if count%20 == 0 {
			return s.SelectModel("demo", 1+count/20%2)
		}
		return nil
	})
	require.NoError(t, err)
	require.Len(t, log.records, len(scores))
	versions := map[int]bool{}
	for i, r := range log.records {
		require.EqualValues(t, i+1, r.Frame)
		versions[r.Model.Version] = true
	}
	require.Len(t, versions, 2, "both models judged")
}

func TestInspectNeedsAPicture(t *testing.T) {
	s := newTestStation(t, nil, 0)
	require.ErrorIs(t, s.Inspect(), inspection.ErrSourceMissing)
}

func TestAFrameThatCannotBeJudgedEndsAHeadlessRun(t *testing.T) {
	log := &memoryLog{}
	s := newTestStation(t, log, 0, 10, 20, 30, 40)
	s.params.Recipes[0].Region = inspection.Rectangle{X: 100, Y: 100, Width: 50, Height: 50} // outside the picture
	require.NoError(t, s.SelectRecipe("Test"))
	err := s.RunSource(t.Context(), "folder:x", func(Judgement) error { return nil })
	require.True(t, IsFault(err), "%v", err)
}

func TestNoVerdictOnAPartThatIsGone(t *testing.T) {
	s := newTestStation(t, nil, 0, 10)
	s.SetTrigger(inspection.TriggerManual)
	ended := make(chan struct{}, 1)
	s.Changed().Subscribe(func(st Status) {
		if st.SourceState == SourceEnded {
			select {
			case ended <- struct{}{}:
			default:
			}
		}
	})
	s.Start()
	require.NoError(t, s.SelectSource("folder:x"))
	<-ended
	require.NoError(t, s.Inspect(), "the last picture of a folder stays")
	s.sourceChanged(capture.Status{State: capture.StateLost, Err: inspection.ErrSourceLost})
	require.ErrorIs(t, s.Inspect(), inspection.ErrSourceMissing)
	require.NoError(t, s.Close())
}

func TestAnUnreadableVersionIsNeverOverwritten(t *testing.T) {
	r := newTestRegistry(t)
	added, err := r.Add("demo", modelBytes(t, "demo", 2))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(r.file(added.Ref), []byte("damaged"), 0o600))
	next, err := r.Add("demo", modelBytes(t, "demo", 3))
	require.NoError(t, err)
	require.Equal(t, added.Ref.Version+1, next.Ref.Version)
}

func TestALostCameraIsNotAskedToBeChosenAgain(t *testing.T) {
	s := newTestStation(t, nil, 0)
	s.sourceChanged(capture.Status{State: capture.StateLost, Err: inspection.ErrSourceMissing})
	require.Contains(t, s.Snapshot().Fault, "goes on by itself")
	s.sourceChanged(capture.Status{State: capture.StateFailed, Err: inspection.ErrSourceMissing})
	require.Contains(t, s.Snapshot().Fault, "choose the source again")
}

// TestAPictureThatCanNeverBeKeptDoesNotHoldTheNextOnes: JPEG ends at 65,535 pixels.
func TestAPictureThatCanNeverBeKeptDoesNotHoldTheNextOnes(t *testing.T) {
	log := &memoryLog{}
	s := newTestStation(t, log, 0)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.commit(pendingRecord{frame: inspection.Frame{Image: image.NewGray(image.Rect(0, 0, 1<<16, 1))}})
		s.commit(pendingRecord{frame: inspection.Frame{Image: image.NewGray(image.Rect(0, 0, 8, 8))}})
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("the committer tries the first one again and again")
	}
	require.Len(t, log.records, 1)
	require.Equal(t, 8, log.records[0].Width)
	require.Empty(t, s.Snapshot().Fault, "what could be kept clears it")
}

func TestAnotherSourceHasAnotherBelt(t *testing.T) {
	s := newTestStation(t, nil, 0)
	s.judge.partPresent(inspection.Frame{Image: image.NewGray(image.Rect(0, 0, 32, 32))})
	ended := make(chan struct{}, 1)
	s.Changed().Subscribe(func(st Status) {
		if st.SourceState == SourceEnded {
			select {
			case ended <- struct{}{}:
			default: // it is told with every change that follows
			}
		}
	})
	s.Start()
	require.NoError(t, s.SelectSource("folder:x"))
	<-ended
	s.judge.mu.Lock()
	require.Nil(t, s.judge.presence, "what was seen of the former belt is forgotten")
	s.judge.mu.Unlock()
	require.NoError(t, s.Close())
}
