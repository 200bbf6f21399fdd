package capture

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"assay/inspection"
)

// Options say how a source is opened. The zero value is a sensible default for
// every kind.
type Options struct {
	// Rate is in frames a second. 0 means the source's own for a camera, and as fast as they are read for everything
	// else; below 0 means the recorded or nominal rate (video file, demo line, folder at 30).
	Rate float64
	// Loop starts a folder or video again after its last frame.
	Loop bool
	// Width and Height are wishes for a camera, in pixels; 0 means 640×480. What came of them is in Info.
	Width, Height int
	// Seed of the demo line, where its Spec names none.
	Seed uint64
	// Logger receives what is no error but worth knowing; nil means slog.Default.
	Logger *slog.Logger
}

// Log returns the logger to use, never nil.
func (o Options) Log() *slog.Logger {
	if o.Logger == nil {
		return slog.Default()
	}
	return o.Logger
}

// Info says what was really opened.
type Info struct {
	Spec Spec
	// Width and Height of the first frame in pixels; a folder's later images may differ.
	Width, Height int
	// Rate is in frames a second as the source states it; 0 where it is as fast as frames are asked for.
	Rate float64
	// Live means that time does not wait: frames not taken in time are gone or late.
	Live bool
}

// Source delivers frames, one after another. Next and Info are called by one
// goroutine at a time; Close may be called from any.
type Source interface {
	// Next waits for the next frame and returns it. Frames are numbered from 1 and never changed afterwards. Errors:
	//   - io.EOF after the last frame, and again at each later call;
	//   - inspection.ErrSourceLost when the device stopped delivering: close this source and open another;
	//   - inspection.ErrBadImage for one damaged image, with the Frame's Name set; the next call goes on;
	//   - inspection.ErrClosed after Close; the context's error when it ends first, promptly.
	Next(ctx context.Context) (inspection.Frame, error)
	// Info says what was opened; it is valid before the first Next and after Close.
	Info() Info
	// Close frees the device. It may be called more than once and ends a waiting Next. It returns when the device is
	// free, which for a hung driver may take long.
	Close() error
}

// Opener opens a source of one kind. ctx bounds the opening alone: the source
// lives on after it ends. Errors wrap
// inspection.ErrSourceMissing, ErrSourceBusy, ErrSourceEmpty or ErrBadImage
// where these apply.
type Opener func(ctx context.Context, value string, o Options) (Source, error)

// Openers holds the opener of each kind.
type Openers map[Kind]Opener

// Open opens the source that spec names. Where trying again cannot help, as for
// a missing folder, the error is permanent: see IsPermanent.
func (o Openers) Open(ctx context.Context, spec Spec, options Options) (Source, error) {
	open, ok := o[spec.Kind]
	if !ok {
		return nil, Permanent(fmt.Errorf("open %s: this program has no source of kind %q", spec, spec.Kind))
	}
	source, err := open(ctx, spec.Value, options)
	if err == nil {
		return source, nil
	}
	err = fmt.Errorf("open %s: %w", spec, err)
	if spec.Kind != Camera && ctx.Err() == nil {
		err = Permanent(err)
	}
	return nil, err
}

type permanentError struct{ error }

func (p permanentError) Unwrap() error { return p.error }

// Permanent marks an error of opening as one that trying again cannot cure.
func Permanent(err error) error { return permanentError{err} }

// IsPermanent reports whether err was marked by Permanent, itself or what it wraps.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[permanentError](err)
	return ok
}
