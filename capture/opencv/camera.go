package opencv

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gocv.io/x/gocv"

	"assay/capture"
	"assay/inspection"
)

// The picture asked of a camera where the options name none, and the smallest
// backlog that OpenCV offers.
const (
	defaultWidth  = 640
	defaultHeight = 480
	bufferSize    = 1
)

// camera implements capture.Source. A reader goroutine owns the OpenCV handle;
// the rest only waits for what it leaves in newest.
type camera struct {
	info   capture.Info
	newest *capture.Mailbox

	life context.Context // ends with Close
	stop context.CancelFunc
	done chan struct{} // closed by the reader once the handle is freed
	lost error         // why the reader ended; read only after done
}

var _ capture.Opener = OpenCamera

// OpenCamera opens the camera that value names: its number, a device file (also
// one in /dev/v4l/by-id) or a capture.Device's ID. Options.Width and Height
// (640×480) and Rate are wishes; Info tells what the camera made of them.
//
// The newest frame is delivered; those that nobody took in time are dropped and
// leave a gap in Sequence. Errors wrap inspection.ErrSourceMissing or
// ErrSourceBusy where the device says so.
func OpenCamera(ctx context.Context, value string, o capture.Options) (capture.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, err := capture.FindDevice(value)
	if err != nil {
		return nil, err
	}
	if err := capture.ProbeCamera(path); err != nil {
		return nil, err
	}
	handle, err := gocv.OpenVideoCaptureWithAPI(path, gocv.VideoCaptureV4L2)
	if err != nil {
		_ = handle.Close() // not nil on failure
		return nil, openFailure(path)
	}
	configure(handle, o)
	c := &camera{newest: capture.NewMailbox(), done: make(chan struct{})}
	c.life, c.stop = context.WithCancel(context.Background())
	c.info = cameraInfo(handle, value)
	o.Log().Info("camera opened", "path", path, "width", c.info.Width, "height", c.info.Height,
		"rate", c.info.Rate, "format", strings.TrimRight(handle.CodecString(), "\x00"))
	go c.read(handle)
	return c, nil
}

// openFailure says why OpenCV could not open a device that was there a moment ago.
func openFailure(path string) error {
	if err := capture.ProbeCamera(path); err != nil {
		return err
	}
	return fmt.Errorf("camera %s cannot be opened or set up: %w", path, inspection.ErrSourceLost)
}

// configure sends the wishes. The order matters to drivers: the format decides
// which sizes there are, the size which rates.
func configure(handle *gocv.VideoCapture, o capture.Options) {
	width, height := o.Width, o.Height
	if width <= 0 || height <= 0 {
		width, height = defaultWidth, defaultHeight
	}
	handle.Set(gocv.VideoCaptureFOURCC, handle.ToCodec("MJPG"))
	handle.Set(gocv.VideoCaptureFrameWidth, float64(width))
	handle.Set(gocv.VideoCaptureFrameHeight, float64(height))
	if o.Rate > 0 {
		handle.Set(gocv.VideoCaptureFPS, o.Rate)
	}
	handle.Set(gocv.VideoCaptureBufferSize, bufferSize)
}

func cameraInfo(handle *gocv.VideoCapture, value string) capture.Info {
	return capture.Info{
		Spec:   capture.Spec{Kind: capture.Camera, Value: value},
		Width:  int(handle.Get(gocv.VideoCaptureFrameWidth)),
		Height: int(handle.Get(gocv.VideoCaptureFrameHeight)),
		Rate:   max(0, handle.Get(gocv.VideoCaptureFPS)),
		Live:   true,
	}
}

// read runs until Close or the first failed read, and frees the handle.
func (c *camera) read(handle *gocv.VideoCapture) {
	converter := newConverter()
	defer func() {
		converter.close()
		_ = handle.Close()
		close(c.done)
		c.newest.Close()
	}()
	for sequence := uint64(1); ; sequence++ {
		if c.life.Err() != nil {
			c.lost = inspection.ErrClosed
			return
		}
		if !handle.Read(&converter.raw) || converter.raw.Empty() {
			c.lost = fmt.Errorf("%s delivers no more pictures (unplugged?): %w", c.info.Spec, inspection.ErrSourceLost)
			return
		}
		img, err := converter.image()
		if err != nil {
			c.lost = fmt.Errorf("%s: %w: %w", c.info.Spec, inspection.ErrSourceLost, err)
			return
		}
		c.newest.Put(inspection.Frame{Sequence: sequence, Time: time.Now(), Source: c.info.Spec.String(), Image: img})
	}
}

// Info implements capture.Source.
func (c *camera) Info() capture.Info { return c.info }

// Next implements capture.Source.
func (c *camera) Next(ctx context.Context) (inspection.Frame, error) {
	if c.life.Err() != nil {
		return inspection.Frame{}, inspection.ErrClosed
	}
	taking, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	f, err := c.newest.Take(taking)
	switch {
	case err == nil:
		return f, nil
	case ctx.Err() != nil:
		return inspection.Frame{}, ctx.Err()
	case c.life.Err() != nil:
		return inspection.Frame{}, inspection.ErrClosed
	}
	<-c.done // closed before the mailbox was
	return inspection.Frame{}, c.lost
}

// Close implements capture.Source. With a frozen driver it takes as long as
// OpenCV waits for a frame, ten seconds.
func (c *camera) Close() error {
	c.stop()
	<-c.done
	return nil
}
