package capture

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"assay/inspection"
)

// script is a source that does what its steps say, one for each Next; after
// the last it ends as a finite source does.
type script struct {
	kind   Kind
	steps  []func(ctx context.Context) error // nil error: a frame
	next   int
	hang   chan struct{} // where set, Close waits for it
	closed atomic.Int32
}

func (s *script) Next(ctx context.Context) (inspection.Frame, error) {
	if s.next == len(s.steps) {
		return inspection.Frame{}, io.EOF
	}
	step := s.steps[s.next]
	s.next++
	if err := step(ctx); err != nil {
		return inspection.Frame{Name: "part.png"}, err
	}
	return inspection.Frame{Sequence: uint64(s.next)}, nil
}

func (s *script) Info() Info {
	return Info{Spec: Spec{Kind: s.kind}, Width: 640, Height: 480, Rate: 30}
}

func (s *script) Close() error {
	s.closed.Add(1)
	if s.hang != nil {
		<-s.hang
	}
	return nil
}

func frame(context.Context) error { return nil }
func lose(context.Context) error  { return inspection.ErrSourceLost }
func spoil(context.Context) error { return inspection.ErrBadImage }
func freeze(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// run supervises the sources one after another and returns what happened.
type run struct {
	statuses []Status
	frames   []inspection.Frame
	opened   int
	times    []time.Duration // of each opening, from the start
	err      error
}

func (r *run) states() (states []State) {
	for _, s := range r.statuses {
		states = append(states, s.State)
	}
	return states
}

// supervise hands out the results in order: *script or error.
func supervise(ctx context.Context, p Policy, results ...any) *run {
	r := &run{}
	start := time.Now()
	open := func(context.Context) (Source, error) {
		r.times = append(r.times, time.Since(start))
		result := results[min(r.opened, len(results)-1)]
		r.opened++
		if err, ok := result.(error); ok {
			return nil, err
		}
		return result.(*script), nil
	}
	r.err = Supervise(ctx, open, p,
		func(f inspection.Frame) { r.frames = append(r.frames, f) },
		func(s Status) { r.statuses = append(r.statuses, s) })
	return r
}

func TestSuperviseFiniteSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{kind: Folder, steps: []func(context.Context) error{frame, frame, frame}}
		r := supervise(t.Context(), Policy{}, source)
		require.NoError(t, r.err)
		require.Len(t, r.frames, 3)
		require.Equal(t, []State{StateOpening, StateLive, StateEnded}, r.states())
		require.EqualValues(t, 1, source.closed.Load())
		require.Equal(t, 640, r.statuses[1].Info.Width)
		require.InDelta(t, 30, r.statuses[1].Rate, 0)
	})
}

func TestSuperviseReopensALostCamera(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &script{kind: Camera, steps: []func(context.Context) error{frame, lose}}
		second := &script{kind: Camera, steps: []func(context.Context) error{frame, frame}}
		r := supervise(t.Context(), Policy{FirstRetry: time.Second}, first, inspection.ErrSourceMissing, second)
		require.NoError(t, r.err)
		require.Len(t, r.frames, 3)
		require.Equal(t, []State{StateOpening, StateLive, StateLost, StateOpening, StateLost, StateOpening, StateLive, StateEnded}, r.states())
		require.ErrorIs(t, r.statuses[2].Err, inspection.ErrSourceLost)
		require.ErrorIs(t, r.statuses[4].Err, inspection.ErrSourceMissing)
		require.NoError(t, r.statuses[6].Err)
		require.Equal(t, 1, r.statuses[6].Reopened)
		require.EqualValues(t, 1, first.closed.Load(), "the handle must be closed before the camera returns")
		require.Equal(t, []time.Duration{0, time.Second, 3 * time.Second}, r.times, "the pause doubles")
	})
}

func TestSuperviseBacksOffToALimitAndStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		none := inspection.ErrSourceMissing
		back := &script{kind: Camera, steps: []func(context.Context) error{frame, lose}}
		end := &script{kind: Camera, steps: []func(context.Context) error{frame}}
		r := supervise(t.Context(), Policy{FirstRetry: time.Second, MaxRetry: 3 * time.Second}, none, none, none, none, back, end)
		require.NoError(t, r.err)
		seconds := []time.Duration{}
		for i := range r.times[1:] {
			seconds = append(seconds, (r.times[i+1]-r.times[i])/time.Second)
		}
		require.Equal(t, []time.Duration{1, 2, 3, 3, 1}, seconds)
	})
}

func TestSuperviseFrozenSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frozen := &script{kind: Camera, steps: []func(context.Context) error{frame, freeze}}
		second := &script{kind: Camera, steps: []func(context.Context) error{frame}}
		r := supervise(t.Context(), Policy{Deadline: 2 * time.Second, FirstRetry: time.Second}, frozen, second)
		require.NoError(t, r.err)
		require.Len(t, r.frames, 2)
		require.ErrorIs(t, r.statuses[2].Err, inspection.ErrSourceLost)
		require.Equal(t, []time.Duration{0, 3 * time.Second}, r.times)
	})
}

// A driver that hangs in Next and in Close, deaf to its context, holds up nobody.
func TestSuperviseHungDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		hung := &script{kind: Camera, hang: release, steps: []func(context.Context) error{frame, func(context.Context) error {
			<-release
			return inspection.ErrSourceLost
		}}}
		second := &script{kind: Camera, steps: []func(context.Context) error{frame}}
		r := supervise(t.Context(), Policy{Deadline: 2 * time.Second, FirstRetry: time.Second}, hung, second)
		require.NoError(t, r.err)
		require.Len(t, r.frames, 2)
		require.Equal(t, []time.Duration{0, 5 * time.Second}, r.times, "2 s for Next, 2 s for Close, 1 s pause")
		require.EqualValues(t, 1, hung.closed.Load())
		close(release)
	})
}

// An opening that hangs is not started again beside itself, and is used once it is done.
func TestSuperviseSlowOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened, frames, lost := 0, 0, 0
		open := func(context.Context) (Source, error) {
			opened++
			time.Sleep(10 * time.Second)
			return &script{kind: Camera, steps: []func(context.Context) error{frame}}, nil
		}
		p := Policy{OpenDeadline: time.Second, FirstRetry: time.Second, MaxRetry: time.Second}
		err := Supervise(t.Context(), open, p, func(inspection.Frame) { frames++ }, func(s Status) {
			if s.State == StateLost {
				lost++
			}
		})
		require.NoError(t, err)
		require.Equal(t, 1, frames)
		require.Equal(t, 1, opened)
		require.Equal(t, 5, lost)
	})
}

func TestSuperviseClosesWhatOpensTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := &script{kind: Camera}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		release := make(chan struct{})
		open := func(context.Context) (Source, error) {
			<-release
			return late, nil
		}
		require.NoError(t, Supervise(ctx, open, Policy{}, func(inspection.Frame) {}, nil))
		close(release)
		synctest.Wait()
		require.EqualValues(t, 1, late.closed.Load())
	})
}

// deliver may take as long as it likes: only the time inside Next counts.
func TestSuperviseSlowConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{kind: Camera, steps: []func(context.Context) error{frame, frame, frame}}
		opened := 0
		err := Supervise(t.Context(), func(context.Context) (Source, error) { opened++; return source, nil },
			Policy{Deadline: time.Second}, func(inspection.Frame) { time.Sleep(time.Minute) }, nil)
		require.NoError(t, err)
		require.Equal(t, 1, opened)
		require.Equal(t, 3, source.next)
	})
}

func TestSuperviseSkipsDamagedImages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &script{kind: Folder, steps: []func(context.Context) error{spoil, frame, spoil, frame}}
		var skipped []string
		p := Policy{Skipped: func(f inspection.Frame, err error) {
			require.ErrorIs(t, err, inspection.ErrBadImage)
			skipped = append(skipped, f.Name)
		}}
		r := supervise(t.Context(), p, source)
		require.NoError(t, r.err)
		require.Len(t, r.frames, 2)
		require.Equal(t, []string{"part.png", "part.png"}, skipped)
		require.Equal(t, []State{StateOpening, StateLive, StateEnded}, r.states())
	})
}

func TestSuperviseGivesUp(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, c := range map[string]struct {
		policy Policy
		result any
		want   error
	}{
		"cannot be cured":      {Policy{}, Permanent(inspection.ErrSourceEmpty), inspection.ErrSourceEmpty},
		"must open":            {Policy{MustOpen: true}, inspection.ErrSourceMissing, inspection.ErrSourceMissing},
		"file broke off":       {Policy{}, &script{kind: Video, steps: []func(context.Context) error{frame, func(context.Context) error { return broken }}}, broken},
		"file frozen for good": {Policy{}, &script{kind: Folder, steps: []func(context.Context) error{freeze}}, inspection.ErrSourceLost},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := supervise(t.Context(), c.policy, c.result)
				require.ErrorIs(t, r.err, c.want)
				require.Equal(t, 1, r.opened)
				last := r.statuses[len(r.statuses)-1]
				require.Equal(t, StateFailed, last.State)
				require.ErrorIs(t, last.Err, c.want)
			})
		})
	}
}

// MustOpen is about the first opening only.
func TestSuperviseMustOpenToleratesALaterLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &script{kind: Camera, steps: []func(context.Context) error{frame, lose}}
		second := &script{kind: Camera, steps: []func(context.Context) error{frame}}
		r := supervise(t.Context(), Policy{MustOpen: true}, first, inspection.ErrSourceMissing, second)
		require.NoError(t, r.err)
		require.Len(t, r.frames, 2)
	})
}

func TestSuperviseEndsWithItsContext(t *testing.T) {
	for name, result := range map[string]any{
		"while frozen":   &script{kind: Camera, steps: []func(context.Context) error{frame, freeze}},
		"while missing":  inspection.ErrSourceMissing,
		"while skipping": &script{kind: Camera, steps: []func(context.Context) error{spoil, freeze}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				r := supervise(ctx, Policy{Deadline: time.Hour, FirstRetry: time.Hour}, result)
				require.NoError(t, r.err)
				require.Equal(t, time.Second, time.Since(start))
				require.Equal(t, StateEnded, r.states()[len(r.states())-1])
				if s, ok := result.(*script); ok {
					require.EqualValues(t, 1, s.closed.Load())
				}
			})
		})
	}
}

func TestSuperviseMeasuresTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(context.Context) error { time.Sleep(100 * time.Millisecond); return nil }
		source := &script{kind: Camera, steps: []func(context.Context) error{slow, slow, slow, slow, slow, slow, slow, slow, slow, slow, slow}}
		r := supervise(t.Context(), Policy{RateEvery: time.Second}, source)
		require.NoError(t, r.err)
		require.Equal(t, []State{StateOpening, StateLive, StateLive, StateEnded}, r.states())
		require.InDelta(t, 10, r.statuses[2].Rate, 1.1)
		require.Equal(t, r.statuses[1].Since, r.statuses[2].Since, "the state did not change")
	})
}
