package presence

import "assay/inspection"

// Options tune a Detector. The zero value serves a belt of even colour at any
// frame rate from 5 a second up.
type Options struct {
	// Region is where a part lies, in pixels; empty for the largest centred square.
	Region inspection.Rectangle
	// StillFrames is how many frames in a row must look the same: 3 where it is 0.
	StillFrames int
	// Contrast is what tells a part from the empty belt while none was learned: the standard deviation of the
	// brightness in the region as a share of its mean. 0.12 where it is 0.
	Contrast float64
}

const (
	defaultStillFrames = 3
	defaultContrast    = 0.12

	// motion is the share of the region that changes when something moves there.
	motion = 0.005
	// difference is the share of the region in which a part differs from the learned, empty belt.
	difference = 0.03
)

// Detector finds the moment at which to judge a part. It is used by one
// goroutine at a time. Observing one frame takes well below a millisecond, and
// keeps nothing of the frame.
type Detector struct {
	options    Options
	background *thumbnail // the empty belt, nil while not learned

	// The thumbnails change places rather than being allocated anew.
	current, previous, anchor *thumbnail

	seen    bool // previous holds a frame
	still   int  // frames that look like anchor, itself included
	armed   bool // the part in sight was not reported yet
	present bool
}

// New returns a detector that has seen nothing yet.
func New(o Options) *Detector {
	if o.StillFrames <= 0 {
		o.StillFrames = defaultStillFrames
	}
	if o.Contrast <= 0 {
		o.Contrast = defaultContrast
	}
	d := &Detector{options: o, current: &thumbnail{}, previous: &thumbnail{}, anchor: &thumbnail{}}
	d.Reset()
	return d
}

// Reset forgets the frames seen, as for a new source, but not what was learned.
func (d *Detector) Reset() {
	d.seen, d.still, d.armed, d.present = false, 0, true, false
}

// Learn takes a frame of the empty belt: from then on, a part is what differs
// from it. It reports whether the frame could be used.
func (d *Detector) Learn(f inspection.Frame) bool {
	t := &thumbnail{}
	if !t.shrink(f.Image, d.options.Region) {
		return false
	}
	d.background = t
	return true
}

// Forget drops what Learn has learned.
func (d *Detector) Forget() { d.background = nil }

// Present reports whether the last frame observed shows a part, moving or not.
func (d *Detector) Present() bool { return d.present }

// Observe looks at the next frame and returns true where this is the one to
// judge: the first in which a part that was not reported yet has come to rest.
func (d *Detector) Observe(f inspection.Frame) bool {
	if !d.current.shrink(f.Image, d.options.Region) {
		return false
	}
	moved := d.seen && changed(d.current, d.previous) > motion
	d.present = d.standsOut(d.current)
	d.armed = d.armed || moved || !d.present
	d.settle()
	d.current, d.previous, d.seen = d.previous, d.current, true

	if !d.armed || !d.present || d.still < d.options.StillFrames {
		return false
	}
	d.armed = false
	return true
}

// settle counts for how long the picture has been the same. It compares with
// the first of the still frames, not only the last: else what creeps is still.
func (d *Detector) settle() {
	if d.still > 0 && changed(d.current, d.anchor) <= motion {
		d.still++
		return
	}
	*d.anchor = *d.current
	d.still = 1
}

// standsOut reports whether a thumbnail shows more than the empty belt.
func (d *Detector) standsOut(t *thumbnail) bool {
	if d.background != nil {
		return changed(t, d.background) > difference
	}
	return t.contrast >= d.options.Contrast
}
