package capture

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"assay/inspection"
)

// The request numbers carry the size of their structure: a mismatch would make
// the kernel write beyond ours.
func TestStructuresFitTheirRequests(t *testing.T) {
	size := func(request uintptr) uintptr { return request >> 16 & 0x3fff }
	require.Equal(t, size(vidiocQuerycap), unsafe.Sizeof(v4l2Capability{}))
	require.Equal(t, size(vidiocEnumFmt), unsafe.Sizeof(v4l2Fmtdesc{}))
	require.Equal(t, size(vidiocReqbufs), unsafe.Sizeof(v4l2Requestbuffers{}))
}

func TestCapabilitiesOfTheNodeCount(t *testing.T) {
	const metadata = 0x00800000
	node := v4l2Capability{capabilities: capDeviceCaps | capVideoCapture | metadata, deviceCaps: metadata}
	require.Zero(t, bufferType(node.caps()))
	node.deviceCaps = capVideoCapture
	require.EqualValues(t, bufTypeVideoCapture, bufferType(node.caps()))
	old := v4l2Capability{capabilities: capVideoCaptureMplane}
	require.EqualValues(t, bufTypeVideoCaptureMplane, bufferType(old.caps()))
}

func TestFourCC(t *testing.T) {
	require.Equal(t, "MJPG", fourCC(0x47504a4d))
	require.Equal(t, "Y16", fourCC(0x20363159|1<<31))
}

func TestReasonsOfOpenErrors(t *testing.T) {
	for errno, want := range map[unix.Errno]error{
		unix.ENOENT: inspection.ErrSourceMissing,
		unix.ENODEV: inspection.ErrSourceMissing,
		unix.ENXIO:  inspection.ErrSourceMissing,
		unix.EBUSY:  inspection.ErrSourceBusy,
		unix.EACCES: unix.EACCES,
		unix.EIO:    unix.EIO,
	} {
		err := openError("/dev/video0", errno)
		require.ErrorIs(t, err, want)
		require.ErrorContains(t, err, "/dev/video0")
	}
	require.ErrorContains(t, openError("/dev/video0", unix.EACCES), "group video")
}
