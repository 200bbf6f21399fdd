package whitening

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// pictures are smooth shapes under a little noise, all values 0 to 1.
func pictures(n int, shape Shape, noise float64) [][]float32 {
	random := rand.New(rand.NewPCG(3, 4))
	out := make([][]float32, n)
	for i := range out {
		a, b, c, d, e := random.Float64(), random.Float64(), random.Float64(), random.Float64(), random.Float64()
		out[i] = make([]float32, shape.Size())
		for k := range out[i] {
			x := float64(k%shape.Width) / float64(shape.Width)
			y := float64(k/shape.Width%shape.Height) / float64(shape.Height)
			value := 0.5 + 0.15*a*math.Sin(4*x+3*b) + 0.15*c*math.Cos(5*y+3*d) + 0.1*e*math.Sin(3*x*y+float64(k%7))
			out[i][k] = float32(value + noise*random.NormFloat64())
		}
	}
	return out
}

func fit(t testing.TB, samples [][]float32, shape Shape, o Options) *Whitening {
	w, err := Fit(context.Background(), func(i int) []float32 { return samples[i] }, len(samples), shape, o)
	require.NoError(t, err)
	return w
}

func white(w *Whitening, sample []float32) []float32 {
	out := make([]float32, len(sample))
	w.Apply(out, sample)
	return out
}

// exact is ZCA as Keras writes it: U diag(1/√(S+ε)) Uᵀ with S from XᵀX/n.
func exact(samples [][]float32, epsilon float64) (mean []float64, matrix *mat.Dense) {
	size, n := len(samples[0]), len(samples)
	mean, x := make([]float64, size), mat.NewDense(n, size, nil)
	for _, sample := range samples {
		for k, v := range sample {
			mean[k] += float64(v) / float64(n)
		}
	}
	for i, sample := range samples {
		for k, v := range sample {
			x.Set(i, k, float64(v)-mean[k])
		}
	}
	var sigma mat.Dense
	sigma.Mul(x.T(), x)
	sigma.Scale(1/float64(n), &sigma)
	var svd mat.SVD
	svd.Factorize(&sigma, mat.SVDFull)
	var u, scaled, out mat.Dense
	svd.UTo(&u)
	scale := mat.NewDiagDense(size, nil)
	for k, s := range svd.Values(nil) {
		scale.SetDiag(k, 1/math.Sqrt(s+epsilon))
	}
	scaled.Mul(&u, scale)
	out.Mul(&scaled, u.T())
	return mean, &out
}

// TestExact: with all components it is the dense matrix, colours and shapes that
// are not square included, and with more samples than values or fewer.
func TestExact(t *testing.T) {
	for _, c := range []struct {
		shape   Shape
		n       int
		epsilon float64
	}{{Shape{1, 8, 8}, 200, 1e-3}, {Shape{3, 5, 4}, 150, 1e-4}, {Shape{1, 17, 17}, 400, 1e-2}, {Shape{1, 9, 7}, 30, 0.1}} {
		samples := pictures(c.n, c.shape, 0.05)
		w := fit(t, samples, c.shape, Options{Components: c.shape.Size(), Epsilon: c.epsilon})
		mean, matrix := exact(samples, c.epsilon)
		for _, sample := range append(samples[:5:5], pictures(1, c.shape, 0.3)...) {
			centred, want := mat.NewVecDense(len(mean), nil), mat.NewVecDense(len(mean), nil)
			for k, v := range sample {
				centred.SetVec(k, float64(v)-mean[k])
			}
			want.MulVec(matrix, centred)
			for k, v := range white(w, sample) {
				require.InDelta(t, want.AtVec(k), v, 2e-3, "%+v", c)
			}
		}
	}
}

// TestKeras holds it to ImageDataGenerator(zca_whitening=True).
func TestKeras(t *testing.T) {
	text, err := os.ReadFile("testdata/keras.json")
	require.NoError(t, err)
	var fixture struct {
		Side           int
		Pictures, Want [][]float32
	}
	require.NoError(t, json.Unmarshal(text, &fixture))
	shape := Shape{1, fixture.Side, fixture.Side}
	w := fit(t, fixture.Pictures, shape, Options{Components: shape.Size(), Epsilon: 1e-12})
	for i, want := range fixture.Want {
		for k, v := range white(w, fixture.Pictures[i]) {
			require.InDelta(t, want[k], v, 1e-3)
		}
	}
}

// TestLeavesNoCovariance: along the components that are kept, whitened samples
// have variance 1 and nothing in common, on grids coarser than the pixels too.
func TestLeavesNoCovariance(t *testing.T) {
	for _, c := range []struct {
		shape Shape
		o     Options
	}{
		{Shape{1, 30, 30}, Options{Components: 12, Grid: 30}},
		{Shape{1, 60, 45}, Options{Components: 12, Grid: 24}},
		{Shape{3, 31, 31}, Options{Components: 10, Grid: 16}},
	} {
		samples := pictures(200, c.shape, 0.02)
		w := fit(t, samples, c.shape, c.o)
		require.Equal(t, c.o.Components, w.Components())
		components := unfold(w)
		var gram mat.Dense
		gram.Mul(components, components.T())
		requireIdentity(t, &gram, 1e-4)

		coordinates := mat.NewDense(len(samples), w.Components(), nil)
		for i, sample := range samples {
			row := mat.NewVecDense(w.Components(), coordinates.RawRowView(i))
			row.MulVec(components, vector(white(w, sample)))
		}
		var covariance mat.Dense
		covariance.Mul(coordinates.T(), coordinates)
		covariance.Scale(1/float64(len(samples)), &covariance)
		requireIdentity(t, &covariance, 0.02)
	}
}

// unfold returns the components as rows of pixels.
func unfold(w *Whitening) *mat.Dense {
	out := mat.NewDense(w.Components(), w.shape.Size(), nil)
	r := w.rooms.New().(*room)
	for k := range w.Components() {
		copy(r.grid, w.basis[k*w.grid.Size():][:w.grid.Size()])
		pixels := make([]float32, w.shape.Size())
		w.spread(r, pixels, w.mean)
		copy(out.RawRowView(k), vector(pixels).RawVector().Data)
	}
	return out
}

func vector(values []float32) *mat.VecDense {
	out := mat.NewVecDense(len(values), nil)
	for i, v := range values {
		out.SetVec(i, float64(v))
	}
	return out
}

func requireIdentity(t *testing.T, m *mat.Dense, tolerance float64) {
	t.Helper()
	n, _ := m.Dims()
	for i := range n {
		for j := range n {
			want := 0.0
			if i == j {
				want = 1
			}
			require.InDelta(t, want, m.At(i, j), tolerance, "%d, %d", i, j)
		}
	}
}

// explained returns the part of the training samples' variance that the components hold, 0 to 1.
func explained(w *Whitening) float64 {
	kept := 0.0
	for _, s := range w.variances {
		kept += s
	}
	total := kept + w.residual*float64(max(w.shape.Size()-len(w.variances), 0))
	if total == 0 {
		return 0
	}
	return kept / total
}

// TestGridLosesLittle: half the nodes hold nearly all of the variance that all hold.
func TestGridLosesLittle(t *testing.T) {
	shape := Shape{1, 64, 64}
	samples := pictures(100, shape, 0.01)
	full, coarse := fit(t, samples, shape, Options{Components: 16, Grid: 64}), fit(t, samples, shape, Options{Components: 16, Grid: 32})
	require.Less(t, explained(full), 1.0)
	require.InDelta(t, explained(full), explained(coarse), 0.02)
}

// TestDeterministic: the same bits on one thread and on many, and another seed
// nearly the same whitening.
func TestDeterministic(t *testing.T) {
	shape := Shape{1, 40, 40}
	samples := pictures(120, shape, 0.02)
	o := Options{Components: 5, Seed: 7}
	first := fit(t, samples, shape, o)
	before := runtime.GOMAXPROCS(1)
	second := fit(t, samples, shape, o)
	runtime.GOMAXPROCS(before)
	require.Equal(t, first.Encode(), second.Encode())
	o.Seed = 8
	other := white(fit(t, samples, shape, o), samples[0])
	for k, v := range white(first, samples[0]) {
		require.InDelta(t, v, other[k], 0.05)
	}
}

func TestApplyInPlaceOnManyGoroutines(t *testing.T) {
	shape := Shape{1, 20, 20}
	samples := pictures(64, shape, 0.02)
	w := fit(t, samples, shape, Options{Components: 8})
	var group sync.WaitGroup
	for _, sample := range samples {
		want := white(w, sample)
		group.Go(func() {
			w.Apply(sample, sample)
			for k := range want {
				if want[k] != sample[k] {
					t.Error("another result in place")
					return
				}
			}
		})
	}
	group.Wait()
	require.Panics(t, func() { w.Apply(make([]float32, 4), make([]float32, 4)) })
}

// TestConstantSamples: nothing to whiten, nothing blows up.
func TestConstantSamples(t *testing.T) {
	shape := Shape{1, 20, 20}
	sample := make([]float32, shape.Size())
	w := fit(t, [][]float32{sample, sample, sample}, shape, Options{})
	require.Equal(t, sample, white(w, sample))
	require.InDelta(t, 0, explained(w), 0)
}

func TestFitRefuses(t *testing.T) {
	ctx, shape := context.Background(), Shape{1, 4, 4}
	samples := pictures(4, shape, 0.1)
	next := func(i int) []float32 { return samples[i] }
	_, err := Fit(ctx, next, 1, shape, Options{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	_, err = Fit(ctx, next, 4, Shape{1, 5, 4}, Options{})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	_, err = Fit(ctx, next, 4, Shape{1, 0, 4}, Options{})
	require.ErrorIs(t, err, inspection.ErrModelInput)
	samples[2][3] = float32(math.NaN())
	_, err = Fit(ctx, next, 4, shape, Options{})
	require.ErrorIs(t, err, inspection.ErrNotFinite)
	for _, o := range []Options{{Components: -1}, {Components: 5000}, {Epsilon: -1}, {Epsilon: math.NaN()}, {Samples: 1}, {Grid: 129}} {
		_, err = Fit(ctx, next, 4, shape, o)
		require.Error(t, err, "%+v", o)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = Fit(cancelled, next, 2, shape, Options{})
	require.ErrorIs(t, err, context.Canceled)
}

func small(t testing.TB) *Whitening {
	shape := Shape{1, 6, 5}
	return fit(t, pictures(20, shape, 0.05), shape, Options{Components: 4, Grid: 5, Epsilon: 1e-3})
}

func TestEncode(t *testing.T) {
	w := small(t)
	data := w.Encode()
	again, err := Decode(data)
	require.NoError(t, err)
	require.Equal(t, data, again.Encode())
	sample := pictures(1, w.Shape(), 0.2)[0]
	require.Equal(t, white(w, sample), white(again, sample))
	require.Equal(t, Shape{1, 6, 5}, again.Shape())
	require.InDelta(t, 1e-3, again.Epsilon(), 0)
	require.InDelta(t, explained(w), explained(again), 0)
}

// TestDecodeRefuses every single damaged byte and every cut.
func TestDecodeRefuses(t *testing.T) {
	data := small(t).Encode()
	for i := range data {
		damaged := append([]byte(nil), data...)
		damaged[i] ^= 0x41
		_, err := Decode(damaged)
		require.Error(t, err, "byte %d", i)
		_, err = Decode(data[:i])
		require.ErrorIs(t, err, inspection.ErrDamaged, "cut at %d", i)
	}
	newer := append([]byte(nil), data...)
	newer[len(magic)]++
	_, err := Decode(newer)
	require.ErrorIs(t, err, inspection.ErrNewerVersion)
}

// sign replaces the checksum by the right one.
func sign(data []byte) []byte {
	if len(data) < 4 {
		return data
	}
	out := append([]byte(nil), data...)
	sum := crc32.Checksum(out[:len(out)-4], castagnoli)
	out[len(out)-4], out[len(out)-3], out[len(out)-2], out[len(out)-1] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	return out
}

// FuzzDecode: whatever decodes is a whitening that works and encodes to the same
// bytes, even where somebody made the checksum fit.
func FuzzDecode(f *testing.F) {
	data := small(f).Encode()
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, bytes := range [][]byte{data, sign(data)} {
			w, err := Decode(bytes)
			if err != nil {
				continue
			}
			require.Equal(t, bytes, w.Encode())
			white(w, make([]float32, w.Shape().Size()))
		}
	})
}

func BenchmarkApply(b *testing.B) {
	for name, shape := range map[string]Shape{"100": {1, 100, 100}, "300": {1, 300, 300}} {
		samples := pictures(80, shape, 0.02)
		w := fit(b, samples, shape, Options{})
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]float32, shape.Size())
			for b.Loop() {
				w.Apply(dst, samples[0])
			}
		})
	}
}

func BenchmarkFit(b *testing.B) {
	shape := Shape{1, 100, 100}
	samples := pictures(200, shape, 0.02)
	for b.Loop() {
		_, err := Fit(context.Background(), func(i int) []float32 { return samples[i%200] }, 5000, shape, Options{})
		require.NoError(b, err)
	}
}
