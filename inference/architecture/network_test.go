package architecture

import (
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// TestCustomCounts holds the network to paper.md's table of models.
func TestCustomCounts(t *testing.T) {
	for _, size := range []int{64, 75, 100, 150, 300} {
		count, err := Custom(size).Count()
		require.NoError(t, err)
		require.Equal(t, inspection.Parameters{Total: 5865, Trainable: 5801, NonTrainable: 64}, count)
	}
}

func TestCustomShapes(t *testing.T) {
	shapes, err := Custom(300).Shapes()
	require.NoError(t, err)
	require.Equal(t, Shape{32, 150, 150}, shapes["pool1"])
	require.Equal(t, Shape{16, 75, 75}, shapes["pool2"])
	require.Equal(t, Shape{8, 37, 37}, shapes["pool4"], "an odd size drops its last row and column")
	require.Equal(t, Shape{1, 37, 37}, shapes["conv5"])
	require.Equal(t, Shape{1, 1, 1}, shapes["score"])
}

func TestNewRefuses(t *testing.T) {
	_, err := New("vgg", 300)
	require.ErrorIs(t, err, inspection.ErrNotFound)
	_, err = New(CustomName, 2)
	require.ErrorIs(t, err, inspection.ErrBadModel)
}

func TestShapesRefuseBrokenGraphs(t *testing.T) {
	for name, spoil := range map[string]func(*Network){
		"unknown input": func(n *Network) { n.Layers[3].Inputs = []string{"nowhere"} },
		"twice a name":  func(n *Network) { n.Layers[3].Name = n.Layers[2].Name },
		"no score":      func(n *Network) { n.Score = "conv5" },
		"wide map":      func(n *Network) { n.Map = "conv1" },
		"zero stride":   func(n *Network) { n.Layers[0].Stride = 0 },
		"odd groups":    func(n *Network) { n.Layers[3].Groups = 3 },
		"unknown kind":  func(n *Network) { n.Layers[1].Kind = "gelu" },
	} {
		n := Custom(32)
		spoil(n)
		_, err := n.Shapes()
		require.ErrorIs(t, err, inspection.ErrBadModel, name)
	}
}

func TestInitializeIsSeeded(t *testing.T) {
	n := Custom(32)
	a, err := n.Initialize(1)
	require.NoError(t, err)
	b, err := n.Initialize(1)
	require.NoError(t, err)
	c, err := n.Initialize(2)
	require.NoError(t, err)
	require.NoError(t, n.Check(a))
	require.Equal(t, a, b)
	require.NotEqual(t, a["conv1.weight"], c["conv1.weight"])
	delete(a, "norm2.mean")
	require.ErrorIs(t, n.Check(a), inspection.ErrBadModel)
}
