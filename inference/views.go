package inference

import (
	"fmt"
	"math"
	"sync"

	"assay/inference/onnx"
	"assay/inspection"
)

// InViews makes an engine of the model by newEngine, and has it judge each image
// in as many orientations as the model's input asks for: a part has no up and
// down, and what a network says of one orientation alone is noise. Scores are
// averaged as logits; maps are turned back and averaged. A model of one view gets
// newEngine's engine itself.
//
// Views are taken of the input as the engine is given it, which is after
// whitening. Engine factories are to pass through here, so that whoever feeds an
// engine need not know of views. It fails with inspection.ErrBadModel where the
// input or the map is not square, and as newEngine does.
func InViews(m *onnx.Model, o EngineOptions, newEngine EngineFactory) (Engine, error) {
	in := m.Network.Input
	if in.Views == 0 || in.Views == 1 {
		return newEngine(m, o)
	}
	if err := in.ValidateViews(); err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrBadModel, err)
	}
	shapes, err := m.Network.Shapes()
	if err != nil {
		return nil, err
	}
	activation := shapes[m.Network.Map]
	if activation.W != activation.H {
		return nil, fmt.Errorf("%w: %d views of a map of %d×%d: more than one view needs a square map",
			inspection.ErrBadModel, in.Views, activation.W, activation.H)
	}
	engine, err := newEngine(m, EngineOptions{Threads: o.Threads, Batch: in.Views})
	if err != nil {
		return nil, err
	}
	return &views{
		Engine: engine, count: in.Views, batch: max(o.Batch, 1),
		channels: in.Channels, side: in.Width,
		turned: make([]float32, in.Views*in.Channels*in.Width*in.Width),
	}, nil
}

// views is an engine that shows another one every image in several views. Calls
// of Infer take turns, so that it can be shared where the other one can.
type views struct {
	Engine       // made for batches of count
	count, batch int
	// channels and side are the input's.
	channels, side int

	mu sync.Mutex
	// turned holds one image in all views, seen what the engine says of them; averaged is kept back until all images
	// are through, for an error must leave the caller's output as it is.
	turned         []float32
	seen, averaged Output
}

// Infer implements Engine.
func (v *views) Infer(images []float32, n int, out *Output) error {
	size := v.channels * v.side * v.side
	if n < 1 || n > v.batch || len(images) != n*size {
		return fmt.Errorf("%s engine: %w: %d values for %d images of %d, at most %d images",
			v.Name(), inspection.ErrModelInput, len(images), n, size, v.batch)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range n {
		for k := range v.count {
			View(v.turned[k*size:(k+1)*size], images[i*size:(i+1)*size], v.side, k)
		}
		if err := v.Engine.Infer(v.turned, v.count, &v.seen); err != nil {
			return err
		}
		if err := v.average(i, n); err != nil {
			return err
		}
	}
	out.Resize(n, v.averaged.MapWidth, v.averaged.MapHeight)
	copy(out.Scores, v.averaged.Scores)
	copy(out.Maps, v.averaged.Maps)
	return nil
}

// average writes the score and the map of image i of n.
func (v *views) average(i, n int) error {
	side := v.seen.MapWidth
	area := side * side
	if i == 0 {
		v.averaged.Resize(n, side, side)
	}
	if len(v.seen.Scores) != v.count || v.seen.MapHeight != side || v.averaged.MapWidth != side || len(v.seen.Maps) != v.count*area {
		return fmt.Errorf("%s engine gave %d scores and %d map values of %d×%d for %d views",
			v.Name(), len(v.seen.Scores), len(v.seen.Maps), side, v.seen.MapHeight, v.count)
	}
	v.averaged.Scores[i] = MeanScore(v.seen.Scores)
	sum := v.averaged.Maps[i*area : (i+1)*area]
	clear(sum)
	for k := range v.count {
		NewOrientation(side, side, k).addBack(sum, v.seen.Maps[k*area:(k+1)*area], side)
	}
	for p := range sum {
		sum[p] /= float32(v.count)
	}
	return nil
}

// MeanScore returns the score whose logit is the mean of those of the scores, of
// which there must be one or more. One score is returned as it is. It is no
// number where one of several is none from 0 to 1.
func MeanScore(scores []float32) float32 {
	if len(scores) == 1 {
		return scores[0]
	}
	sum := 0.0
	for _, score := range scores {
		sum += Logit(score)
	}
	return float32(1 / (1 + math.Exp(-sum/float64(len(scores)))))
}

// Logit inverts the sigmoid, as far as a float32 near 1 tells: scores nearer to 0
// or 1 than 1e-7 count as that. It is no number where the score is none from 0 to 1.
func Logit(score float32) float64 {
	const edge = 1e-7
	if !(score >= 0 && score <= 1) {
		return math.NaN()
	}
	p := min(max(float64(score), edge), 1-edge)
	return math.Log(p / (1 - p))
}

// View writes src, an image (C,side,side), into dst, of the same length, in one
// of its views: 0 is the image itself, 1 is mirrored left to right, 2 top to
// bottom, 3 both, and 4 to 7 are those of the image with rows for columns. The
// first 2, 4 and 8 are groups: each holds the views of all its views.
func View(dst, src []float32, side, view int) {
	o := NewOrientation(side, side, view)
	area := side * side
	for c := 0; c+area <= len(src); c += area {
		o.turn(dst[c:c+area], src[c:c+area], side)
	}
}

// Orientation says where the places of a picture in one of its views come from:
// place (x, y) from first + x·right + y·down.
type Orientation struct{ first, right, down int }

// NewOrientation returns that of a view, numbered as View does, of pictures of
// width×height places. Views from 4 on are for square pictures only.
func NewOrientation(width, height, view int) Orientation {
	o := Orientation{right: 1, down: width}
	if view&4 != 0 {
		o.right, o.down = o.down, o.right
	}
	if view&1 != 0 {
		o.first += (width - 1) * o.right
		o.right = -o.right
	}
	if view&2 != 0 {
		o.first += (height - 1) * o.down
		o.down = -o.down
	}
	return o
}

// From returns which place of the picture comes to column x of row y of the view,
// counted row by row.
func (o Orientation) From(x, y int) int { return o.first + x*o.right + y*o.down }

// turn writes a square in this orientation.
func (o Orientation) turn(dst, src []float32, side int) {
	for y := range side {
		row, from := dst[y*side:(y+1)*side], o.From(0, y)
		if o.right == 1 {
			copy(row, src[from:])
			continue
		}
		for x := range row {
			row[x] = src[from]
			from += o.right
		}
	}
}

// addBack adds a square in this orientation to sum, turned back.
func (o Orientation) addBack(sum, square []float32, side int) {
	for y := range side {
		to := o.From(0, y)
		for _, value := range square[y*side : (y+1)*side] {
			sum[to] += value
			to += o.right
		}
	}
}
