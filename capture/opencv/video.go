package opencv

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"gocv.io/x/gocv"

	"assay/capture"
	"assay/inspection"
)

// fallbackRate paces a file that states no rate of its own, in frames a second.
const fallbackRate = 30

// video implements capture.Source for a file.
type video struct {
	path  string
	loop  bool
	info  capture.Info
	pacer *capture.Pacer

	once   sync.Once
	closed chan struct{}

	mu        sync.Mutex // guards all below: Close may come while Next reads
	handle    *gocv.VideoCapture
	converter *converter
	sequence  uint64
	ahead     bool // converter.raw holds a picture that was read but not delivered
	ended     bool
}

var _ capture.Opener = OpenVideo

// OpenVideo opens the video file named by value, a path. Options.Rate 0 reads
// as fast as frames are asked for; below 0 the file's own rate is kept;
// Options.Loop begins again after the last frame. No frame is ever dropped.
// Errors wrap inspection.ErrSourceMissing, ErrBadImage for a file that is no
// video OpenCV can read, or ErrSourceEmpty for one without a picture.
func OpenVideo(ctx context.Context, value string, o capture.Options) (capture.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkFile(value); err != nil {
		return nil, err
	}
	v := &video{path: value, loop: o.Loop, closed: make(chan struct{}), converter: newConverter()}
	if err := v.open(); err != nil {
		v.converter.close()
		return nil, err
	}
	rate := o.Rate
	if rate < 0 {
		rate = v.handle.Get(gocv.VideoCaptureFPS)
		if !(rate > 0 && rate <= 1000) { // also refuses NaN
			rate = fallbackRate
		}
	}
	v.pacer = capture.NewPacer(rate)
	v.info = capture.Info{
		Spec:  capture.Spec{Kind: capture.Video, Value: value},
		Width: v.converter.raw.Cols(), Height: v.converter.raw.Rows(),
		Rate: rate, Live: rate > 0,
	}
	return v, nil
}

func checkFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("there is no video file %s: %w", path, inspection.ErrSourceMissing)
	}
	if info.IsDir() {
		return fmt.Errorf("%s is a folder, not a video file: %w", path, inspection.ErrSourceMissing)
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open video: %w", err)
	}
	return file.Close()
}

// open opens the file and reads its first picture ahead, which proves that
// there is one.
func (v *video) open() error {
	// Only FFmpeg: OpenCV would go on to try GStreamer, which takes seconds to refuse what is no video.
	handle, err := gocv.VideoCaptureFileWithAPI(v.path, gocv.VideoCaptureFFmpeg)
	if err != nil {
		_ = handle.Close() // not nil on failure
		return fmt.Errorf("%s is no video that can be read: %w", v.path, inspection.ErrBadImage)
	}
	if !handle.Read(&v.converter.raw) || v.converter.raw.Empty() {
		_ = handle.Close()
		return fmt.Errorf("video %s holds no picture: %w", v.path, inspection.ErrSourceEmpty)
	}
	v.handle, v.ahead = handle, true
	return nil
}

// Info implements capture.Source.
func (v *video) Info() capture.Info { return v.info }

// Next implements capture.Source.
func (v *video) Next(ctx context.Context) (inspection.Frame, error) {
	if err := v.pacer.Wait(ctx, v.closed); err != nil {
		return inspection.Frame{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.advance(); err != nil {
		return inspection.Frame{}, err
	}
	v.ahead = false
	img, err := v.converter.image()
	if err != nil {
		return inspection.Frame{}, fmt.Errorf("%s: %w", v.path, err)
	}
	v.sequence++
	return inspection.Frame{Sequence: v.sequence, Time: time.Now(), Source: v.info.Spec.String(), Image: img}, nil
}

// advance leaves the next picture in the converter.
func (v *video) advance() error {
	switch {
	case v.handle == nil && v.ended:
		return io.EOF
	case v.handle == nil:
		return inspection.ErrClosed
	case v.ahead, v.handle.Read(&v.converter.raw) && !v.converter.raw.Empty():
		return nil
	}
	v.release()
	if !v.loop {
		v.ended = true
		return io.EOF
	}
	return v.open()
}

func (v *video) release() {
	_ = v.handle.Close()
	v.handle = nil
}

// Close implements capture.Source.
func (v *video) Close() error {
	v.once.Do(func() {
		close(v.closed)
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.handle != nil {
			v.release()
		}
		v.converter.close()
	})
	return nil
}
