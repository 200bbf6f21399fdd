package capture

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/inspection"
)

// system builds a fake /sys and /dev with the nodes of four devices.
func system(t *testing.T) lister {
	t.Helper()
	root := t.TempDir()
	l := lister{sysfs: filepath.Join(root, "sys"), dev: filepath.Join(root, "dev")}
	for node, attributes := range map[string][2]string{
		"video0":      {"UVC Camera", "0"},
		"video1":      {"UVC Camera", "1"}, // metadata
		"video10":     {"Line camera", "0"},
		"video2":      {"Locked", "0"},
		"video3":      {"Locked", "1"},
		"v4l-subdev0": {"sensor", "0"},
	} {
		dir := filepath.Join(l.sysfs, node)
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "name"), []byte(attributes[0]+"\n"), 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "index"), []byte(attributes[1]+"\n"), 0o644))
	}
	answers := map[string]capability{
		"video0":  {name: "UVC Camera: UVC", bus: "usb-0000:00:03.0-1", capture: true, formats: []string{"MJPG", "YUYV"}},
		"video1":  {name: "UVC Camera: UVC", bus: "usb-0000:00:03.0-1"},
		"video10": {name: "Line camera", bus: "pci-7", capture: true, formats: []string{"GREY"}},
	}
	l.ask = func(path string) (capability, error) {
		if c, ok := answers[filepath.Base(path)]; ok {
			return c, nil
		}
		return capability{}, os.ErrPermission
	}
	return l
}

func TestDevicesSkipsWhatIsNoCamera(t *testing.T) {
	l := system(t)
	devices, err := l.list()
	require.NoError(t, err)
	path := func(node string) string { return filepath.Join(l.dev, node) }
	require.Equal(t, []Device{
		{ID: "usb-0000:00:03.0-1 UVC Camera: UVC", Path: path("video0"), Name: "UVC Camera: UVC", Bus: "usb-0000:00:03.0-1", Formats: []string{"MJPG", "YUYV"}},
		{ID: "Locked", Path: path("video2"), Name: "Locked", Formats: []string{}}, // may not be asked: listed all the same
		{ID: "pci-7 Line camera", Path: path("video10"), Name: "Line camera", Bus: "pci-7", Formats: []string{"GREY"}},
	}, devices)
}

func TestDevicesPrefersTheNameThatStays(t *testing.T) {
	l := system(t)
	dir := filepath.Join(l.dev, "v4l", "by-id")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	link := filepath.Join(dir, "usb-Maker_Camera_123-video-index0")
	require.NoError(t, os.Symlink("../../video0", link))
	devices, err := l.list()
	require.NoError(t, err)
	require.Equal(t, link, devices[0].ID)
	require.Equal(t, filepath.Join(l.dev, "video0"), devices[0].Path)
}

func TestNoCameraIsNoError(t *testing.T) {
	devices, err := lister{sysfs: filepath.Join(t.TempDir(), "none"), dev: "/dev"}.list()
	require.NoError(t, err)
	require.NotNil(t, devices, "printed as [], not null")
	require.Empty(t, devices)
	_, err = Devices()
	require.NoError(t, err)
}

func TestFindDevice(t *testing.T) {
	for value, want := range map[string]string{"0": "/dev/video0", "12": "/dev/video12", "/dev/v4l/by-id/x": "/dev/v4l/by-id/x"} {
		path, err := FindDevice(value)
		require.NoError(t, err)
		require.Equal(t, want, path)
	}
	for _, value := range []string{"no such camera", "-1", "99999999"} {
		_, err := FindDevice(value)
		require.ErrorIs(t, err, inspection.ErrSourceMissing, value)
	}
}

func TestErrorsOfOpening(t *testing.T) {
	require.ErrorIs(t, ProbeCamera(filepath.Join(t.TempDir(), "video0")), inspection.ErrSourceMissing)
	file := filepath.Join(t.TempDir(), "video0")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	require.ErrorIs(t, ProbeCamera(file), inspection.ErrSourceMissing, "a file is no camera")
	require.True(t, errors.Is(busy("/dev/video0"), inspection.ErrSourceBusy))
}
