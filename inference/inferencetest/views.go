package inferencetest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inspection"
)

// Judge is Forward as an engine is to judge: in as many views as the network's
// input asks for, the logits averaged, the maps turned back and averaged. It
// fails as Forward does, and with inspection.ErrBadModel for views that cannot be.
func Judge(n *architecture.Network, w architecture.Weights, images []float32, count int) (Result, error) {
	views := max(n.Input.Views, 1)
	if views == 1 {
		return Forward(n, w, images, count)
	}
	shapes, err := n.Shapes()
	if err != nil {
		return Result{}, err
	}
	if err := n.Input.ValidateViews(); err != nil {
		return Result{}, fmt.Errorf("%w: %w", inspection.ErrBadModel, err)
	}
	if shapes[n.Map].W != shapes[n.Map].H {
		return Result{}, fmt.Errorf("%w: %d views of a map that is not square", inspection.ErrBadModel, views)
	}
	side, mapSide := n.Input.Width, shapes[n.Map].W
	sums := Result{Scores: make([]float64, count)}
	for view := range views {
		r, err := Forward(n, w, turnAll(images, side, func(square []float32) []float32 { return turn(square, side, view) }), count)
		if err != nil {
			return Result{}, err
		}
		maps := turnAll(r.Maps, mapSide, func(square []float64) []float64 { return turnBack(square, mapSide, view) })
		if view == 0 {
			sums.Maps = make([]float64, len(maps))
		}
		for i, s := range r.Scores {
			sums.Scores[i] += math.Log(s/(1-s)) / float64(views)
		}
		for i, v := range maps {
			sums.Maps[i] += v / float64(views)
		}
	}
	for i, logit := range sums.Scores {
		sums.Scores[i] = 1 / (1 + math.Exp(-logit))
	}
	return sums, nil
}

// turnAll turns each side×side square of values.
func turnAll[T any](values []T, side int, turn func(square []T) []T) []T {
	var all []T
	for start := 0; start < len(values); start += side * side {
		all = append(all, turn(values[start:start+side*side])...)
	}
	return all
}

// turns lists what makes a view of a square: rows for columns where it is 4 or
// more, then upside down, then mirrored. Each undoes itself.
func turns[T any](view int) []func(square []T, side int) []T {
	var list []func(square []T, side int) []T
	if view&4 != 0 {
		list = append(list, transposed[T])
	}
	if view&2 != 0 {
		list = append(list, upsideDown[T])
	}
	if view&1 != 0 {
		list = append(list, mirrored[T])
	}
	return list
}

// turn returns a view of a square.
func turn[T any](square []T, side, view int) []T {
	for _, f := range turns[T](view) {
		square = f(square, side)
	}
	return square
}

// turnBack undoes turn.
func turnBack[T any](square []T, side, view int) []T {
	for _, f := range slices.Backward(turns[T](view)) {
		square = f(square, side)
	}
	return square
}

func transposed[T any](square []T, side int) []T {
	var t []T
	for x := range side {
		for y := range side {
			t = append(t, square[y*side+x])
		}
	}
	return t
}

func upsideDown[T any](square []T, side int) []T {
	var t []T
	for y := range side {
		t = append(t, square[(side-1-y)*side:(side-y)*side]...)
	}
	return t
}

func mirrored[T any](square []T, side int) []T {
	t := slices.Clone(square)
	for row := range slices.Chunk(t, side) {
		slices.Reverse(row)
	}
	return t
}

// testTurned: a picture in any of the views has the same score, and its map is
// turned along.
func (s suite) testTurned(t *testing.T) {
	const side = 32
	m := s.model(t, side, 3)
	e := s.open(t, m, 1)
	image := Images(m.Card.Input, 1, 4)
	upright := infer(t, e, image, 1)
	for view := range s.views {
		turned := infer(t, e, turn(image, side, view), 1)
		near(t, fmt.Sprintf("score in view %d", view), turned.Scores, upright.Scores, 1e-5)
		near(t, fmt.Sprintf("map in view %d", view), turned.Maps, turn(upright.Maps, upright.MapWidth, view), 1e-4)
	}
	if slices.Equal(upright.Maps, turn(upright.Maps, upright.MapWidth, 1)) {
		t.Fatal("the map is the same from all sides: it tells nothing")
	}
}

// testAllocations: views take no memory from the second call on beyond what the
// engine takes for one call an image.
func (s suite) testAllocations(t *testing.T) {
	const side, images = 16, 3
	inViews, plain := s.model(t, side, 3), suite{factory: s.factory}.model(t, side, 3)
	values := Images(plain.Card.Input, s.views, 4)
	allocations := func(e inference.Engine, n int) float64 {
		var out inference.Output
		return testing.AllocsPerRun(10, func() {
			if err := e.Infer(values[:n*side*side], n, &out); err != nil {
				t.Fatalf("infer: %v", err)
			}
		})
	}
	call := allocations(s.open(t, plain, s.views), s.views)
	if got := allocations(s.open(t, inViews, images), images); got > images*call {
		t.Fatalf("%v allocations for %d images in %d views, %v for a call with as many images", got, images, s.views, call)
	}
}
