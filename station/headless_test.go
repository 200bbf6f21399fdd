package station

import (
	"context"
	"testing"

	"assay/capture"

	"github.com/stretchr/testify/require"
)

func TestAnInterruptedRunIsDoneOnlyWhereTheSourceHasNoEnd(t *testing.T) {
	for source, want := range map[string]error{"folder:x": context.Canceled, "camera:/dev/video0": nil} {
		s := newTestStation(t, nil, 0, 10, 50, 90)
		s.params.Openers[capture.Camera] = s.params.Openers[capture.Folder]
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.RunSource(ctx, source, func(Judgement) error { return nil })
		require.ErrorIs(t, err, want, source)
	}
}

func TestARunWaitsForACameraThatIsAwayAndEndsAtAFault(t *testing.T) {
	run := headlessRun{ended: make(chan struct{})}
	run.changed(Status{Fault: "The camera is away.", SourceState: SourceLost})
	select {
	case <-run.ended:
		t.Fatal("it comes back")
	default:
	}
	require.Empty(t, run.fault())
	run.changed(Status{Fault: "The disk is full.", SourceState: SourceLive})
	run.changed(Status{Fault: "Another one.", SourceState: SourceLive})
	<-run.ended
	require.Equal(t, "The disk is full.", run.fault(), "what stopped it")
}
