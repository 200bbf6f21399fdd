package opencv

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/capture"
	"assay/capture/capturetest"
	"assay/inspection"
)

// cameraToTest returns the camera to test with: what ASSAY_CAMERA names, else the
// first that the system lists.
func cameraToTest(t *testing.T) string {
	t.Helper()
	if value := os.Getenv("ASSAY_CAMERA"); value != "" {
		return value
	}
	devices, err := capture.Devices()
	require.NoError(t, err)
	if len(devices) == 0 {
		t.Skip("no camera: plug one in, or name one in ASSAY_CAMERA")
	}
	return devices[0].ID
}

func TestCamera(t *testing.T) {
	value := cameraToTest(t)
	capturetest.Suite{
		Open:  func(t *testing.T) capture.Source { return capturetest.Opened(t, OpenCamera, value, capture.Options{}) },
		Drops: true,
	}.Run(t)
}

func TestBusyCamera(t *testing.T) {
	value := cameraToTest(t)
	source := capturetest.Opened(t, OpenCamera, value, capture.Options{})
	_, err := source.Next(t.Context())
	require.NoError(t, err)
	_, err = OpenCamera(t.Context(), value, capture.Options{})
	require.ErrorIs(t, err, inspection.ErrSourceBusy)
	require.NoError(t, source.Close())
	again := capturetest.Opened(t, OpenCamera, value, capture.Options{})
	require.NoError(t, again.Close())
}

func TestMissingCamera(t *testing.T) {
	for _, value := range []string{"/dev/video4711", "4711", "a camera of no maker", t.TempDir()} {
		_, err := OpenCamera(t.Context(), value, capture.Options{})
		require.Error(t, err)
		require.ErrorIs(t, err, inspection.ErrSourceMissing, value)
	}
}
