package capture

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"assay/inspection"
)

// From linux/videodev2.h; the sizes in the request numbers are those of the structures below.
const (
	vidiocQuerycap = 0x80685600
	vidiocEnumFmt  = 0xc0405602
	vidiocReqbufs  = 0xc0145608

	bufTypeVideoCapture       = 1
	bufTypeVideoCaptureMplane = 9
	memoryMmap                = 1

	capVideoCapture       = 0x00000001
	capVideoCaptureMplane = 0x00001000
	capDeviceCaps         = 0x80000000
)

type v4l2Capability struct {
	driver       [16]byte
	card         [32]byte
	busInfo      [32]byte
	version      uint32
	capabilities uint32
	deviceCaps   uint32
	_            [3]uint32
}

type v4l2Fmtdesc struct {
	index       uint32
	kind        uint32
	flags       uint32
	description [32]byte
	pixelformat uint32
	mbusCode    uint32
	_           [3]uint32
}

type v4l2Requestbuffers struct {
	count        uint32
	kind         uint32
	memory       uint32
	capabilities uint32
	flags        uint8
	_            [3]uint8
}

// caps returns what this node can do: the driver's whole device has more nodes.
func (c *v4l2Capability) caps() uint32 {
	if c.capabilities&capDeviceCaps != 0 {
		return c.deviceCaps
	}
	return c.capabilities
}

// ProbeCamera checks that path is a camera that can be opened now. Its error
// wraps inspection.ErrSourceMissing or ErrSourceBusy, or says that the right to
// use it is missing. It changes nothing on the device.
func ProbeCamera(path string) error {
	fd, err := openNode(path)
	if err != nil {
		return err
	}
	defer closeNode(fd)
	var c v4l2Capability
	if err := queryCapability(fd, &c); err != nil {
		return notCamera(path, err)
	}
	kind := bufferType(c.caps())
	if kind == 0 {
		return fmt.Errorf("%s carries no pictures (a camera's second node is for metadata): %w", path, inspection.ErrSourceMissing)
	}
	// Asking for no buffers frees none of ours, and fails where another handle streams.
	none := v4l2Requestbuffers{kind: kind, memory: memoryMmap}
	err = ioctl(fd, vidiocReqbufs, unsafe.Pointer(&none)) //nolint:gosec // as the kernel's interface asks
	if errors.Is(err, unix.EBUSY) {
		return busy(path)
	}
	return nil
}

func askDevice(path string) (capability, error) {
	fd, err := openNode(path)
	if err != nil {
		return capability{}, err
	}
	defer closeNode(fd)
	var c v4l2Capability
	if err := queryCapability(fd, &c); err != nil {
		return capability{}, notCamera(path, err)
	}
	kind := bufferType(c.caps())
	return capability{
		name:    unix.ByteSliceToString(c.card[:]),
		bus:     unix.ByteSliceToString(c.busInfo[:]),
		capture: kind != 0,
		formats: formats(fd, kind),
	}, nil
}

// formats lists the pixel formats for a buffer type, none for type 0.
func formats(fd int, kind uint32) []string {
	var names []string
	const most = 64 // a driver that never says "no more" must not hold us
	for i := uint32(0); kind != 0 && i < most; i++ {
		d := v4l2Fmtdesc{index: i, kind: kind}
		if ioctl(fd, vidiocEnumFmt, unsafe.Pointer(&d)) != nil { //nolint:gosec // as the kernel's interface asks
			break
		}
		names = append(names, fourCC(d.pixelformat))
	}
	return names
}

func fourCC(code uint32) string {
	const bigEndian = 1 << 31 // a flag, no part of the last character
	code &^= bigEndian
	return strings.TrimSpace(string([]byte{byte(code), byte(code >> 8), byte(code >> 16), byte(code >> 24)}))
}

// bufferType returns the kind of buffer a node delivers pictures in, 0 if it delivers none.
func bufferType(caps uint32) uint32 {
	switch {
	case caps&capVideoCapture != 0:
		return bufTypeVideoCapture
	case caps&capVideoCaptureMplane != 0:
		return bufTypeVideoCaptureMplane
	}
	return 0
}

// openNode opens a device file; errors say which of the usual reasons it was.
func openNode(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, openError(path, err)
	}
	return fd, nil
}

// closeNode ignores the error: nothing was written, and the descriptor is gone either way.
func closeNode(fd int) { _ = unix.Close(fd) }

func openError(path string, err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENOTDIR):
		return missing(path)
	case errors.Is(err, unix.EBUSY):
		return busy(path)
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return fmt.Errorf("no right to use %s (is the user in the group video?): %w", path, err)
	}
	return notCamera(path, err)
}

func notCamera(path string, err error) error {
	if errors.Is(err, unix.ENODEV) {
		return missing(path)
	}
	return fmt.Errorf("%s is no camera (%w): %w", path, err, inspection.ErrSourceMissing)
}

func queryCapability(fd int, c *v4l2Capability) error {
	return ioctl(fd, vidiocQuerycap, unsafe.Pointer(c)) //nolint:gosec // as the kernel's interface asks
}

func ioctl(fd int, request uintptr, argument unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(argument))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
			continue
		}
		return errno
	}
}
