package inferencetest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/inspection"
)

// Tolerances of the suite: scores are probabilities, maps logit units.
const (
	scoreTolerance = 1e-4
	mapTolerance   = 1e-3
)

// Run holds the engines that the factory makes to the promises of
// inference.Engine, for models of one view and of all. With -short it leaves the
// largest picture out.
func Run(t *testing.T, factory inference.EngineFactory) {
	t.Helper()
	sizes := []int{8, 37, 75, 100}
	if !testing.Short() {
		sizes = append(sizes, 300)
	}
	suite{factory: factory}.run(t, sizes)
	t.Run("in views", func(t *testing.T) {
		s := suite{factory: factory, views: inspection.MaxViews}
		s.run(t, []int{8, 37})
		t.Run("turned pictures", s.testTurned)
		t.Run("allocations", s.testAllocations)
	})
}

// suite tests the engines of one factory on models of one number of views.
type suite struct {
	factory inference.EngineFactory
	views   int
}

func (s suite) run(t *testing.T, sizes []int) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("reference at %d", size), func(t *testing.T) { s.testReference(t, size) })
	}
	t.Run("black and white", s.testBlackAndWhite)
	t.Run("no map", s.testNoMap)
	t.Run("batch", s.testBatch)
	t.Run("repeat", s.testRepeat)
	t.Run("bad lengths", s.testBadLengths)
	t.Run("close", s.testClose)
	t.Run("side by side", s.testSideBySide)
}

// model is Model in the suite's views.
func (s suite) model(t *testing.T, size int, seed uint64) *onnx.Model {
	t.Helper()
	n := architecture.Custom(size)
	n.Input.Views = s.views
	return ModelOf(t, n, seed)
}

// open makes an engine that the test closes.
func (s suite) open(t *testing.T, m *onnx.Model, batch int) inference.Engine {
	t.Helper()
	e, err := s.factory(m, inference.EngineOptions{Threads: 2, Batch: batch})
	if err != nil {
		t.Fatalf("make engine: %v", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close engine: %v", err)
		}
	})
	return e
}

func infer(t *testing.T, e inference.Engine, images []float32, n int) inference.Output {
	t.Helper()
	var out inference.Output
	if err := e.Infer(images, n, &out); err != nil {
		t.Fatalf("infer %d images: %v", n, err)
	}
	return out
}

// compare checks an output against the plain definition.
func compare(t *testing.T, m *onnx.Model, images []float32, n int, out inference.Output) {
	t.Helper()
	want, err := Judge(m.Network, m.Weights, images, n)
	if err != nil {
		t.Fatalf("judge: %v", err)
	}
	near(t, "score", out.Scores, want.Scores, scoreTolerance)
	near(t, "map", out.Maps, want.Maps, mapTolerance)
	shapes, err := m.Network.Shapes()
	if err != nil {
		t.Fatalf("shapes: %v", err)
	}
	if c := shapes[m.Network.Map]; out.MapWidth != c.W || out.MapHeight != c.H {
		t.Fatalf("map of %d×%d, want %d×%d", out.MapWidth, out.MapHeight, c.W, c.H)
	}
}

func near[T, U float32 | float64](t *testing.T, what string, got []T, want []U, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d %s values, want %d", len(got), what, len(want))
	}
	for i := range got {
		if !(math.Abs(float64(got[i])-float64(want[i])) <= tolerance) { // also fails for NaN
			t.Fatalf("%s value %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

func (s suite) testReference(t *testing.T, size int) {
	seeds := uint64(3)
	if size > 200 {
		seeds = 1 // the plain forward pass takes its time
	}
	for seed := range seeds {
		m := s.model(t, size, seed+1)
		e := s.open(t, m, 1)
		images := Images(m.Card.Input, 2, seed)
		half := len(images) / 2
		kept := slices.Clone(images)
		first, second := infer(t, e, images[:half], 1), infer(t, e, images[half:], 1)
		compare(t, m, images[:half], 1, first)
		compare(t, m, images[half:], 1, second)
		if first.Scores[0] == second.Scores[0] {
			t.Fatalf("two pictures have the same score %v", first.Scores[0])
		}
		if !slices.Equal(kept, images) {
			t.Fatal("the engine changed its input")
		}
		mean := 0.0
		for _, v := range first.Maps {
			mean += float64(v) / float64(len(first.Maps))
		}
		near(t, "sigmoid of the map's mean", []float64{1 / (1 + math.Exp(-mean))}, first.Scores, scoreTolerance)
	}
}

func (s suite) testBlackAndWhite(t *testing.T) {
	m := s.model(t, 40, 9)
	e := s.open(t, m, 1)
	for _, v := range []float32{0, 1} {
		images := slices.Repeat([]float32{v}, 40*40)
		compare(t, m, images, 1, infer(t, e, images, 1))
	}
}

func (s suite) testNoMap(t *testing.T) {
	n := architecture.Custom(24)
	n.Input.Views = s.views
	n.Name, n.Map = "custom without map", ""
	m := ModelOf(t, n, 4)
	e, err := s.factory(m, inference.EngineOptions{})
	if errors.Is(err, inspection.ErrBadModel) {
		t.Skipf("the engine runs only networks with a map: %v", err)
	}
	if err != nil {
		t.Fatalf("make engine: %v", err)
	}
	defer func() { _ = e.Close() }()
	images := Images(m.Card.Input, 1, 4)
	out := inference.Output{Maps: make([]float32, 5), MapWidth: 5, MapHeight: 1}
	if err := e.Infer(images, 1, &out); err != nil {
		t.Fatalf("infer: %v", err)
	}
	compare(t, m, images, 1, out)
}

// testBatch gives each number of images up to the batch and compares with one at a time.
func (s suite) testBatch(t *testing.T) {
	const batch = 5
	m := s.model(t, 50, 3)
	one, many := s.open(t, m, 1), s.open(t, m, batch)
	images := Images(m.Card.Input, batch, 3)
	size := len(images) / batch
	var reused inference.Output
	for _, n := range []int{batch, 1, 3, batch, 2} {
		if err := many.Infer(images[:n*size], n, &reused); err != nil {
			t.Fatalf("infer %d images: %v", n, err)
		}
		compare(t, m, images[:n*size], n, reused)
		area := reused.MapWidth * reused.MapHeight
		for i := range n {
			single := infer(t, one, images[i*size:(i+1)*size], 1)
			near(t, "score in a batch", reused.Scores[i:i+1], single.Scores, 1e-5)
			near(t, "map in a batch", reused.Maps[i*area:(i+1)*area], single.Maps, 1e-4)
		}
	}
}

// testRepeat: the same picture has the same score, to the bit, whatever came between.
func (s suite) testRepeat(t *testing.T) {
	m := s.model(t, 30, 8)
	e := s.open(t, m, 1)
	images := Images(m.Card.Input, 2, 8)
	half := len(images) / 2
	before := infer(t, e, images[:half], 1)
	infer(t, e, images[half:], 1)
	after := infer(t, e, images[:half], 1)
	if before.Scores[0] != after.Scores[0] || !slices.Equal(before.Maps, after.Maps) {
		t.Fatalf("the same picture scored %v and then %v", before.Scores[0], after.Scores[0])
	}
}

func (s suite) testBadLengths(t *testing.T) {
	m := s.model(t, 16, 5)
	e := s.open(t, m, 2)
	images := Images(m.Card.Input, 3, 5)
	size := len(images) / 3
	for _, c := range []struct{ length, n int }{
		{size, 2}, {size - 1, 1}, {size + 1, 1}, {2 * size, 1}, {0, 1}, {0, 0}, {size, 0}, {size, -1}, {3 * size, 3},
	} {
		out := inference.Output{Scores: []float32{42}}
		err := e.Infer(images[:c.length], c.n, &out)
		if !errors.Is(err, inspection.ErrModelInput) {
			t.Errorf("%d values as %d images of %d, batch 2: got %v, want ErrModelInput", c.length, c.n, size, err)
		}
		if len(out.Scores) != 1 || out.Scores[0] != 42 {
			t.Errorf("%d values as %d images: the output was touched", c.length, c.n)
		}
	}
	compare(t, m, images[:size], 1, infer(t, e, images[:size], 1)) // errors do no harm
}

func (s suite) testClose(t *testing.T) {
	m := s.model(t, 16, 6)
	e, err := s.factory(m, inference.EngineOptions{Threads: 1, Batch: 1})
	if err != nil {
		t.Fatalf("make engine: %v", err)
	}
	if e.Name() == "" {
		t.Error("the engine has no name")
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	var out inference.Output
	if err := e.Infer(Images(m.Card.Input, 1, 6), 1, &out); !errors.Is(err, inspection.ErrClosed) {
		t.Fatalf("infer after close: got %v, want ErrClosed", err)
	}
}

// testSideBySide runs two engines of one model at once, as the station does when
// models change between two frames.
func (s suite) testSideBySide(t *testing.T) {
	m := s.model(t, 60, 7)
	images := Images(m.Card.Input, 1, 7)
	engines := []inference.Engine{s.open(t, m, 1), s.open(t, m, 1)}
	outputs := make([]inference.Output, len(engines))
	failures := make([]error, len(engines))
	var group sync.WaitGroup
	for i, e := range engines {
		group.Go(func() {
			for range 10 {
				failures[i] = errors.Join(failures[i], e.Infer(images, 1, &outputs[i]))
			}
		})
	}
	group.Wait()
	for i := range engines {
		if failures[i] != nil {
			t.Fatalf("engine %d: %v", i, failures[i])
		}
		compare(t, m, images, 1, outputs[i])
	}
}
