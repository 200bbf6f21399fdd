package demo

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"assay/capture"
	"assay/inspection"
)

// source implements capture.Source.
type source struct {
	info     capture.Info
	pacer    *capture.Pacer
	line     *line
	sequence uint64

	once   sync.Once
	closed chan struct{}
}

var _ capture.Opener = Open

// Open starts the demo line. value is its seed, or empty for Options.Seed.
// Options.Rate 0 makes frames as fast as they are asked for, a rate below 0
// means NominalRate. The line never ends. Each frame's Truth is that of the part
// nearest to the middle of Region, nil where there is none.
func Open(ctx context.Context, value string, o capture.Options) (capture.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	seed := o.Seed
	if value != "" {
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("seed %q of the demo line is no whole number from 0", value)
		}
		seed = n
	}
	rate := o.Rate
	if rate < 0 {
		rate = NominalRate
	}
	return &source{
		info: capture.Info{
			Spec:  capture.Spec{Kind: capture.Demo, Value: value},
			Width: Width, Height: Height, Rate: rate, Live: rate > 0,
		},
		pacer: capture.NewPacer(rate), line: newLine(seed), closed: make(chan struct{}),
	}, nil
}

// Info implements capture.Source.
func (s *source) Info() capture.Info { return s.info }

// Next implements capture.Source.
func (s *source) Next(ctx context.Context) (inspection.Frame, error) {
	if err := s.pacer.Wait(ctx, s.closed); err != nil {
		return inspection.Frame{}, err
	}
	img, truth := s.line.next()
	s.sequence++
	return inspection.Frame{
		Sequence: s.sequence, Time: time.Now(), Source: s.info.Spec.String(), Image: img, Truth: truth,
	}, nil
}

// Close implements capture.Source.
func (s *source) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}
