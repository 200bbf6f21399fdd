package opencv

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/capture"
	"assay/inspection"
)

// control is a camera that can be pulled out, put back and frozen by leaving a
// file of that name in a folder.
type control struct{ dir string }

func controlledCamera(t *testing.T) control {
	t.Helper()
	dir := os.Getenv("CAMERA_VM_DIR")
	if dir == "" {
		t.Skip("no camera that can be unplugged: CAMERA_VM_DIR is not set")
	}
	return control{dir}
}

func (c control) ask(t *testing.T, request string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, request), nil, 0o644))
}

// A camera that is pulled out, put back, frozen and thawed is lost and found
// each time, under the number it had.
func TestCameraIsPulledOutAndFrozen(t *testing.T) {
	camera := controlledCamera(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	changes := make(chan capture.Status, 1000)
	frames := make(chan inspection.Frame, 1)
	ended := make(chan error, 1)
	go func() {
		open := func(ctx context.Context) (capture.Source, error) { return OpenCamera(ctx, "0", capture.Options{}) }
		ended <- capture.Supervise(ctx, open, capture.Policy{Deadline: 3 * time.Second}, func(f inspection.Frame) {
			select {
			case frames <- f:
			default:
			}
		}, func(s capture.Status) { changes <- s })
	}()
	await := func(state capture.State, reopened int) {
		t.Helper()
		for {
			select {
			case s := <-changes:
				t.Logf("%s %v %d", s.State, s.Err, s.Reopened)
				if s.State == state && s.Reopened == reopened {
					return
				}
			case <-ctx.Done():
				t.Fatalf("never %s for the %d. time", state, reopened)
			}
		}
	}
	await(capture.StateLive, 0)
	require.Equal(t, 640, (<-frames).Image.Bounds().Dx())
	camera.ask(t, "unplug")
	await(capture.StateLost, 0)
	camera.ask(t, "replug")
	await(capture.StateLive, 1)
	camera.ask(t, "freeze")
	await(capture.StateLost, 1)
	camera.ask(t, "thaw")
	await(capture.StateLive, 2)
	cancel()
	require.NoError(t, <-ended)
}
