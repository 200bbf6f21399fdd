package architecture

import "slices"

// SameStructure reports whether both networks compute the same function of
// their weights: the same input size, layers, order and outputs. Names and the
// scaling of pixels may differ.
func (n *Network) SameStructure(other *Network) bool {
	a, b := n.Input, other.Input
	if a.Channels != b.Channels || a.Height != b.Height || a.Width != b.Width || len(n.Layers) != len(other.Layers) {
		return false
	}
	names := map[string]string{InputName: InputName, "": ""}
	for i, l := range n.Layers {
		names[l.Name] = other.Layers[i].Name
		if !l.same(other.Layers[i], names) {
			return false
		}
	}
	return names[n.Score] == other.Score && names[n.Map] == other.Map
}

// same compares everything but the names; names translates the inputs'.
func (l Layer) same(other Layer, names map[string]string) bool {
	inputs := make([]string, len(l.Inputs))
	for i, name := range l.Inputs {
		inputs[i] = names[name]
	}
	return slices.Equal(inputs, other.Inputs) && l.Kind == other.Kind && l.Outputs == other.Outputs &&
		l.Kernel == other.Kernel && l.Stride == other.Stride && l.Pads == other.Pads && l.groups() == other.groups() &&
		l.Bias == other.Bias && l.Epsilon == other.Epsilon
}
