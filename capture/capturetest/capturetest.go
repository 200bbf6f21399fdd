// Package capturetest holds the obligations of capture.Source as tests that
// every source runs.
package capturetest

import (
	"bytes"
	"context"
	"image"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"assay/capture"
	"assay/inspection"
)

// Suite describes a source under test. Open and Paced must return a new source
// at each call; the suite closes it.
type Suite struct {
	// Open opens the source as fast as it goes, without a loop.
	Open func(t *testing.T) capture.Source
	// Paced opens the source so slow that its second frame is long in coming; nil where it cannot be slowed.
	Paced func(t *testing.T) capture.Source
	// Frames is how many frames the source has; 0 for one that never ends.
	Frames int
	// Drops says that frames not taken in time leave gaps in Sequence.
	Drops bool
}

// patience is how long anything that must be prompt may take on a busy machine.
const patience = 10 * time.Second

// Run runs all tests of the suite.
func (s Suite) Run(t *testing.T) {
	t.Run("Frames", s.testFrames)
	t.Run("Info", s.testInfo)
	t.Run("End", s.testEnd)
	t.Run("FramesStayAsTheyWere", s.testImmutable)
	t.Run("CancelledBefore", s.testCancelledBefore)
	t.Run("CancelledWhileWaiting", s.testCancelledWhileWaiting)
	t.Run("ClosedWhileWaiting", s.testClosedWhileWaiting)
	t.Run("Close", s.testClose)
}

func (s Suite) source(t *testing.T, open func(*testing.T) capture.Source) capture.Source {
	t.Helper()
	source := open(t)
	require.NotNil(t, source)
	t.Cleanup(func() { require.NoError(t, source.Close()) })
	return source
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// some is how many frames the tests look at.
func (s Suite) some() int {
	if s.Frames > 0 {
		return min(s.Frames, 5)
	}
	return 5
}

func (s Suite) testFrames(t *testing.T) {
	source := s.source(t, s.Open)
	last := uint64(0)
	var before time.Time
	for range s.some() {
		f, err := source.Next(deadline(t))
		require.NoError(t, err)
		if s.Drops {
			require.Greater(t, f.Sequence, last)
		} else {
			require.Equal(t, last+1, f.Sequence)
		}
		last = f.Sequence
		require.Equal(t, source.Info().Spec.String(), f.Source)
		require.False(t, f.Time.Before(before), "time runs backwards")
		require.WithinDuration(t, time.Now(), f.Time, patience)
		before = f.Time
		requireImage(t, f.Image)
		require.Equal(t, f.Encoded == nil, f.MediaType == "")
	}
}

// requireImage checks what Frame promises of its image.
func requireImage(t *testing.T, img image.Image) {
	t.Helper()
	require.NotNil(t, img)
	bounds := img.Bounds()
	require.Equal(t, image.Point{}, bounds.Min)
	require.False(t, bounds.Empty())
	switch img := img.(type) {
	case *image.Gray:
		require.Equal(t, bounds.Dx(), img.Stride)
		require.Len(t, img.Pix, bounds.Dx()*bounds.Dy())
	case *image.RGBA:
		require.Equal(t, 4*bounds.Dx(), img.Stride)
		require.Len(t, img.Pix, 4*bounds.Dx()*bounds.Dy())
		require.True(t, img.Opaque())
	default:
		t.Fatalf("image is a %T", img)
	}
}

func (s Suite) testInfo(t *testing.T) {
	source := s.source(t, s.Open)
	info := source.Info()
	_, err := capture.ParseSpec(info.Spec.String())
	require.NoError(t, err, "a source must be able to name itself")
	f, err := source.Next(deadline(t))
	require.NoError(t, err)
	require.Equal(t, f.Image.Bounds().Size(), image.Pt(info.Width, info.Height))
	require.GreaterOrEqual(t, info.Rate, 0.0)
	require.NoError(t, source.Close())
	require.Equal(t, info, source.Info())
}

func (s Suite) testEnd(t *testing.T) {
	if s.Frames == 0 {
		t.Skip("never ends")
	}
	source := s.source(t, s.Open)
	for range s.Frames {
		_, err := source.Next(deadline(t))
		require.NoError(t, err)
	}
	for range 3 {
		f, err := source.Next(deadline(t))
		require.ErrorIs(t, err, io.EOF)
		require.Zero(t, f)
	}
}

func (s Suite) testImmutable(t *testing.T) {
	source := s.source(t, s.Open)
	first, err := source.Next(deadline(t))
	require.NoError(t, err)
	pixels, encoded := bytes.Clone(pixelsOf(first)), bytes.Clone(first.Encoded)
	for range s.some() - 1 {
		f, err := source.Next(deadline(t))
		require.NoError(t, err)
		require.NotSame(t, first.Image, f.Image)
	}
	require.NoError(t, source.Close())
	require.True(t, bytes.Equal(pixels, pixelsOf(first)), "the first frame was changed")
	require.True(t, bytes.Equal(encoded, first.Encoded), "the first frame's file was changed")
}

func pixelsOf(f inspection.Frame) []byte {
	if gray, ok := f.Image.(*image.Gray); ok {
		return gray.Pix
	}
	return f.Image.(*image.RGBA).Pix
}

func (s Suite) testCancelledBefore(t *testing.T) {
	source := s.source(t, s.Open)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := source.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = source.Next(deadline(t))
	require.NoError(t, err, "a cancelled call must not end the source")
}

// waiting opens the slow source and takes its frames on another goroutine; the
// error with which that ends is sent.
func (s Suite) waiting(ctx context.Context, t *testing.T) (capture.Source, <-chan error) {
	t.Helper()
	if s.Paced == nil {
		t.Skip("cannot be slowed down")
	}
	source := s.source(t, s.Paced)
	result := make(chan error, 1)
	go func() {
		for {
			if _, err := source.Next(ctx); err != nil {
				result <- err
				return
			}
		}
	}()
	return source, result
}

func (s Suite) testCancelledWhileWaiting(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, result := s.waiting(ctx, t)
	cancel()
	require.ErrorIs(t, receive(t, result), context.Canceled)
}

func (s Suite) testClosedWhileWaiting(t *testing.T) {
	source, result := s.waiting(t.Context(), t)
	require.NoError(t, source.Close())
	require.ErrorIs(t, receive(t, result), inspection.ErrClosed)
}

func receive(t *testing.T, result <-chan error) error {
	t.Helper()
	select {
	case err := <-result:
		return err
	case <-time.After(patience):
		t.Fatal("Next did not return")
		return nil
	}
}

func (s Suite) testClose(t *testing.T) {
	source := s.source(t, s.Open)
	_, err := source.Next(deadline(t))
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, source.Close())
		_, err = source.Next(deadline(t))
		require.ErrorIs(t, err, inspection.ErrClosed)
	}
	require.NoError(t, s.source(t, s.Open).Close(), "closed before the first frame")
}

// Opened opens a source with a context that ends as soon as it is open, and
// fails the test where that does not work. Suites open their sources with it.
func Opened(t *testing.T, open capture.Opener, value string, o capture.Options) capture.Source {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	source, err := open(ctx, value, o)
	require.NoError(t, err)
	return source
}
