package inferencetest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/inspection"
)

// Model returns the custom network for size×size pictures with seeded weights,
// as a file would give it. Its batch norms have statistics worth folding, and
// scores differ from picture to picture.
func Model(t testing.TB, size int, seed uint64) *onnx.Model {
	t.Helper()
	return ModelOf(t, architecture.Custom(size), seed)
}

// ModelOf is Model for any network.
func ModelOf(t testing.TB, n *architecture.Network, seed uint64) *onnx.Model {
	t.Helper()
	w, err := n.Initialize(seed)
	if err != nil {
		t.Fatalf("initialize %s: %v", n.Name, err)
	}
	random := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // tests need no secrecy
	list, err := n.Parameters()
	if err != nil {
		t.Fatalf("parameters of %s: %v", n.Name, err)
	}
	for _, p := range list {
		spread(p.Name, w[p.Name], random)
	}
	card := inspection.ModelCard{
		Name: "conformance", Version: 1, Classes: []string{"normal", "defective"},
		Thresholds: inspection.Thresholds{Pass: 0.5, Fail: 0.5},
	}
	data, err := onnx.Encode(card, n, w)
	if err != nil {
		t.Fatalf("encode %s: %v", n.Name, err)
	}
	m, err := onnx.Decode(data)
	if err != nil {
		t.Fatalf("decode %s: %v", n.Name, err)
	}
	return m
}

// spread moves the parameters that Initialize leaves at 0 or 1.
func spread(name string, values []float32, random *rand.Rand) {
	low, high := 0.0, 0.0
	switch {
	case strings.HasSuffix(name, ".weight"):
		return
	case strings.HasSuffix(name, ".bias"), strings.HasSuffix(name, ".mean"):
		low, high = -0.2, 0.2
	case strings.HasSuffix(name, ".scale"):
		low, high = -0.5, 1.5 // a negative scale turns maxima into minima
	case strings.HasSuffix(name, ".variance"):
		low, high = 0.01, 0.3
	}
	for i := range values {
		values[i] = float32(low + (high-low)*random.Float64())
	}
}

// Images returns count seeded pictures (N,C,H,W) with values from 0 to 1: noise
// on a brightness of its own for each, so that scores differ.
func Images(in inspection.InputSpec, count int, seed uint64) []float32 {
	random := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // tests need no secrecy
	size := in.Channels * in.Height * in.Width
	images := make([]float32, count*size)
	for i := range count {
		brightness, contrast := random.Float32(), random.Float32()
		for k := range size {
			v := brightness + contrast*(random.Float32()-0.5)
			images[i*size+k] = min(max(v, 0), 1)
		}
	}
	return images
}
