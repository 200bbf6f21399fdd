package training

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"assay/inference/architecture"
	"assay/inspection"
	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

const (
	fakeSize  = 12 // input width and height
	fakeGrid  = 3  // features are the means of 3×3 cells
	fakeCells = fakeGrid * fakeGrid
)

// fake is a small deterministic backend: logistic regression, with Adam, on the
// means of nine cells, less a running mean. It keeps its parameters among those
// of the custom network, so that models can be written.
type fake struct {
	t       *testing.T
	weights architecture.Weights
	solver  solver
	rate    float64
	batch   int
	// spoilAt makes the loss of that step NaN; 0 never does.
	spoilAt int
	closed  bool
}

type solver struct {
	M, V [fakeCells + 1]float64
	T    int
}

func newFake(t *testing.T, w architecture.Weights, o BackendOptions) *fake {
	return &fake{t: t, weights: w.Clone(), batch: o.Batch, rate: o.LearningRate}
}

func (f *fake) factory() BackendFactory {
	return func(_ *architecture.Network, w architecture.Weights, o BackendOptions) (Backend, error) {
		*f = fake{t: f.t, spoilAt: f.spoilAt, weights: w.Clone(), batch: o.Batch, rate: o.LearningRate}
		return f, nil
	}
}

func features(image []float32) (cells [fakeCells]float64) {
	const side = fakeSize / fakeGrid
	for i, v := range image {
		y, x := i/fakeSize/side, i%fakeSize/side
		cells[y*fakeGrid+x] += float64(v) / (side * side)
	}
	return cells
}

func (f *fake) logit(cells [fakeCells]float64, mean float32) float64 {
	z := float64(f.weights["conv1.bias"][0])
	for i, c := range cells {
		z += float64(f.weights["conv1.weight"][i]) * (c - float64(mean))
	}
	return z
}

func sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

func (f *fake) each(images []float32, visit func(i int, cells [fakeCells]float64)) {
	const size = fakeSize * fakeSize
	require.Zero(f.t, len(images)%size)
	for i := range len(images) / size {
		visit(i, features(images[i*size:(i+1)*size]))
	}
}

func meanOf(cells [fakeCells]float64) (sum float64) {
	for _, c := range cells {
		sum += c / fakeCells
	}
	return sum
}

func (f *fake) Step(images, labels, weights []float32) (float64, error) {
	require.Len(f.t, labels, f.batch)
	require.Len(f.t, images, f.batch*fakeSize*fakeSize)
	require.Positive(f.t, f.rate)
	var loss float64
	var gradient [fakeCells + 1]float64
	var mean float32 // training mode: the batch's own statistics
	f.each(images, func(_ int, cells [fakeCells]float64) { mean += float32(meanOf(cells)) / float32(f.batch) })
	f.each(images, func(i int, cells [fakeCells]float64) {
		p := sigmoid(f.logit(cells, mean))
		y, share := float64(labels[i]), 1/float64(f.batch)
		if weights != nil {
			share *= float64(weights[i])
		}
		loss -= share * (y*math.Log(p) + (1-y)*math.Log(1-p))
		for c := range cells {
			gradient[c] += share * (p - y) * (cells[c] - float64(mean))
		}
		gradient[fakeCells] += share * (p - y)
	})
	f.adam(gradient)
	if f.solver.T == f.spoilAt {
		return math.NaN(), nil
	}
	return loss, nil
}

func (f *fake) adam(gradient [fakeCells + 1]float64) {
	s := &f.solver
	s.T++
	for i, g := range gradient {
		s.M[i] = 0.9*s.M[i] + 0.1*g
		s.V[i] = 0.999*s.V[i] + 0.001*g*g
		m, v := s.M[i]/(1-math.Pow(0.9, float64(s.T))), s.V[i]/(1-math.Pow(0.999, float64(s.T)))
		step := float32(f.rate * m / (math.Sqrt(v) + 1e-7))
		if i < fakeCells {
			f.weights["conv1.weight"][i] -= step
		} else {
			f.weights["conv1.bias"][0] -= step
		}
	}
}

func (f *fake) Scores(images, scores []float32) error {
	require.Len(f.t, images, len(scores)*fakeSize*fakeSize)
	f.each(images, func(i int, cells [fakeCells]float64) {
		scores[i] = float32(sigmoid(f.logit(cells, f.weights["norm2.mean"][0])))
	})
	return nil
}

func (f *fake) Recalibrate(batches iter.Seq[[]float32]) error {
	var sum, n float64
	for images := range batches {
		require.Len(f.t, images, f.batch*fakeSize*fakeSize)
		f.each(images, func(_ int, cells [fakeCells]float64) {
			sum += meanOf(cells)
			n++
		})
	}
	f.weights["norm2.mean"][0] = float32(sum / n)
	return nil
}

func (f *fake) SetLearningRate(rate float64) { f.rate = rate }

func (f *fake) Weights() (architecture.Weights, error) { return f.weights.Clone(), nil }

func (f *fake) SetWeights(w architecture.Weights) error {
	f.weights = w.Clone()
	return nil
}

func (f *fake) State() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(f.solver)
	return b.Bytes(), err
}

func (f *fake) SetState(state []byte) error {
	return gob.NewDecoder(bytes.NewReader(state)).Decode(&f.solver)
}

func (f *fake) Close() error {
	f.closed = true
	return nil
}

// parts returns n labelled pictures: defective ones have a dark spot in the
// middle cell.
func parts(t *testing.T, n int) []dataset.Item {
	t.Helper()
	random := rand.New(rand.NewPCG(11, uint64(n)))
	var items []dataset.Item
	for i := range n {
		class := inspection.Class(i % 2)
		img := image.NewGray(image.Rect(0, 0, 2*fakeSize, 2*fakeSize))
		light := 130 + random.IntN(20)
		for p := range img.Pix {
			img.Pix[p] = uint8(light + random.IntN(40))
		}
		if class == inspection.Defective {
			x, y := 9+random.IntN(3), 9+random.IntN(3)
			for dy := range 4 {
				for dx := range 4 {
					img.SetGray(x+dx, y+dy, color.Gray{Y: 10})
				}
			}
		}
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, img))
		items = append(items, dataset.Item{Name: fmt.Sprintf("%03d", i), Class: class,
			Read: func() ([]byte, error) { return slices.Clone(b.Bytes()), nil }})
	}
	return items
}
