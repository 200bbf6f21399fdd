package station

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"slices"
	"time"

	"assay/inspection"
)

// commitRetry is the pause between tries to write a verdict that the log
// refused, for instance because the disk is full.
const commitRetry = time.Second

// evidenceQuality is the JPEG quality of live pictures in the log: at 95 the
// loss is below the noise of a camera.
const evidenceQuality = 95

// commitLoop writes verdicts in the order in which they were given. It ends
// when the queue is closed and empty.
func (s *Station) commitLoop() {
	defer close(s.committed)
	for p := range s.pending {
		s.guard("log writer", func() { s.commit(p) })
	}
}

// commit writes one record and its image and announces it. It tries until the
// log takes it: a verdict is never dropped while the station runs.
func (s *Station) commit(p pendingRecord) {
	r, err := s.tryAppend(p)
	for err != nil {
		s.params.Logger.Error("write verdict", "frame", p.frame.Sequence, "error", err)
		s.change(func(*Status) { s.faults.log = Explain(fmt.Errorf("write verdict: %w", err)) })
		// A picture that cannot be kept never will be; and at Close the verdict was never shown. Nothing acknowledged is lost.
		if errors.Is(err, inspection.ErrBadImage) || !s.pause(commitRetry) {
			return
		}
		r, err = s.tryAppend(p)
	}
	s.params.Logger.Debug("verdict committed", "id", r.ID, "verdict", r.Machine.Verdict, "score", r.Score, "latency_ms", r.LatencyMS,
		"final_ms", float64(time.Since(p.frame.Time).Microseconds())/1000)
	judgement := Judgement{Record: r, Image: p.frame.Image}
	s.judged.Emit(judgement)
	s.offerToShadow(judgement)
	s.change(func(st *Status) {
		s.faults.log = ""
		st.Counters.add(r.Machine.Verdict)
		st.Recent = slices.Insert(st.Recent, 0, r)
		st.Recent = st.Recent[:min(len(st.Recent), RecentLength)]
	})
}

func (c *Counters) add(v inspection.Verdict) {
	switch v {
	case inspection.Pass:
		c.Pass++
	case inspection.Review:
		c.Review++
	case inspection.Fail:
		c.Fail++
	}
}

func (s *Station) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// tryAppend turns a panic of the log into an error, so that the verdict is tried
// again and not forgotten.
func (s *Station) tryAppend(p pendingRecord) (r inspection.Record, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the log met an internal error: %v", v)
		}
	}()
	return s.appendRecord(p)
}

func (s *Station) appendRecord(p pendingRecord) (inspection.Record, error) {
	bounds := p.frame.Image.Bounds()
	p.record.Width, p.record.Height = bounds.Dx(), bounds.Dy()
	if s.params.Log == nil {
		return p.record, nil
	}
	data, mediaType, err := Evidence(p.frame)
	if err != nil {
		return p.record, err
	}
	p.record.MediaType = mediaType
	// The station's own context ends at Close, but what was judged before is still written.
	return s.params.Log.Append(context.WithoutCancel(s.ctx), p.record, data)
}

// Evidence returns the bytes that the log keeps of a frame: the file's own where
// there are any, a JPEG otherwise.
func Evidence(f inspection.Frame) (data []byte, mediaType string, err error) {
	if f.Encoded != nil {
		return f.Encoded, f.MediaType, nil
	}
	var buffer bytes.Buffer
	if err := jpeg.Encode(&buffer, f.Image, &jpeg.Options{Quality: evidenceQuality}); err != nil {
		return nil, "", fmt.Errorf("encode image: %w: %w", inspection.ErrBadImage, err)
	}
	return buffer.Bytes(), "image/jpeg", nil
}
