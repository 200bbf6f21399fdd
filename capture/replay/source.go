package replay

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"assay/capture"
	"assay/inspection"
)

// nominalRate is the pace at Options.Rate below 0, in frames a second.
const nominalRate = 30

// source implements capture.Source.
type source struct {
	dir   string
	names []string
	loop  bool
	info  capture.Info
	pacer *capture.Pacer

	next     int    // index into names
	sequence uint64 // of the file last tried
	good     bool   // a picture was read since the list last began

	once   sync.Once
	closed chan struct{}
}

var _ capture.Opener = Open

// Open opens the folder named by value, a path. Options.Rate 0 reads as fast as
// frames are asked for, a rate below 0 means 30 a second; Options.Loop begins
// again after the last picture. The list of files is made once, here.
//
// Frames carry the file's bytes in Encoded (not for BMP, which is no format to
// keep) and the class that the nearest folder's name stands for in Truth.
// Sequence counts files, so that a damaged one leaves a gap.
func Open(ctx context.Context, value string, o capture.Options) (capture.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(value)
	if err != nil {
		return nil, err
	}
	names, err := list(dir)
	if err != nil {
		return nil, err
	}
	rate := o.Rate
	if rate < 0 {
		rate = nominalRate
	}
	s := &source{dir: dir, names: names, loop: o.Loop, pacer: capture.NewPacer(rate), closed: make(chan struct{})}
	s.info = capture.Info{Spec: capture.Spec{Kind: capture.Folder, Value: value}, Rate: rate, Live: rate > 0}
	s.info.Width, s.info.Height = s.size()
	return s, nil
}

// size returns the size of the first picture that tells one.
func (s *source) size() (width, height int) {
	const tries = 10
	for _, name := range s.names[:min(tries, len(s.names))] {
		data, err := os.ReadFile(s.path(name))
		if err != nil {
			continue
		}
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil {
			return c.Width, c.Height
		}
	}
	return 0, 0
}

func (s *source) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// Info implements capture.Source.
func (s *source) Info() capture.Info { return s.info }

// Next implements capture.Source.
func (s *source) Next(ctx context.Context) (inspection.Frame, error) {
	if err := s.pacer.Wait(ctx, s.closed); err != nil {
		return inspection.Frame{}, err
	}
	if err := s.rewind(); err != nil {
		return inspection.Frame{}, err
	}
	name := s.names[s.next]
	s.next++
	s.sequence++
	f, err := s.read(name)
	if err != nil {
		return f, fmt.Errorf("%s: %w", s.path(name), err)
	}
	s.good = true
	return f, nil
}

// rewind begins the list again where it has ended and may be repeated.
func (s *source) rewind() error {
	switch {
	case s.next < len(s.names):
		return nil
	case !s.loop:
		return io.EOF
	case !s.good: // would go round for ever without a picture
		return fmt.Errorf("none of the %d pictures in %s can be read: %w", len(s.names), s.dir, inspection.ErrSourceEmpty)
	}
	s.next, s.good = 0, false
	return nil
}

// read returns one file as a frame; with an error, the frame has no image.
func (s *source) read(name string) (inspection.Frame, error) {
	f := inspection.Frame{Sequence: s.sequence, Time: time.Now(), Source: s.info.Spec.String(), Name: name}
	data, err := os.ReadFile(s.path(name))
	if err != nil {
		return f, fmt.Errorf("%w: %w", inspection.ErrBadImage, err)
	}
	img, format, err := decode(data)
	if err != nil {
		return f, err
	}
	f.Image = img
	if format != "bmp" {
		f.Encoded, f.MediaType = data, "image/"+format
	}
	f.Truth = truthOf(s.dir, name)
	return f, nil
}

// Close implements capture.Source.
func (s *source) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}
