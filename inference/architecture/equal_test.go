package architecture

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSameStructure(t *testing.T) {
	renamed := Custom(32)
	renamed.Name, renamed.Input.Scale = "other", 1
	for i := range renamed.Layers {
		renamed.Layers[i].Name = string(rune('a' + i))
		if i > 0 {
			renamed.Layers[i].Inputs = []string{string(rune('a' + i - 1))}
		}
	}
	renamed.Score, renamed.Map = renamed.Layers[16].Name, renamed.Layers[14].Name
	renamed.Layers[0].Groups = 1 // the same as 0
	require.True(t, Custom(32).SameStructure(renamed))
	require.True(t, renamed.SameStructure(Custom(32)))
	require.False(t, Custom(32).SameStructure(Custom(33)))
	for name, change := range map[string]func(*Network){
		"kernel":  func(n *Network) { n.Layers[0].Kernel = 5 },
		"stride":  func(n *Network) { n.Layers[0].Stride = 2 },
		"pads":    func(n *Network) { n.Layers[0].Pads[3] = 0 },
		"bias":    func(n *Network) { n.Layers[0].Bias = false },
		"epsilon": func(n *Network) { n.Layers[4].Epsilon = 1e-5 },
		"kind":    func(n *Network) { n.Layers[1].Kind = Sigmoid },
		"input":   func(n *Network) { n.Layers[9].Inputs = []string{"norm2"} },
		"map":     func(n *Network) { n.Map = "conv4" },
		"no map":  func(n *Network) { n.Map = "" },
		"shorter": func(n *Network) { n.Layers = n.Layers[:16] },
	} {
		n := Custom(32)
		change(n)
		require.False(t, Custom(32).SameStructure(n), name)
	}
}
