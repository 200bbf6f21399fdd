package whitening

import (
	"errors"

	"gonum.org/v1/gonum/mat"
)

// axis is linear interpolation along one side: pixel i lies between two
// neighbouring nodes. Where there is a node a pixel it is that node.
type axis struct {
	nodes  int
	node   []int
	second []float32 // weight of the node after it; the first has what is missing to 1
}

// newAxis spreads nodes evenly, with half-pixel centres; pixels beyond the last
// ones take their value.
func newAxis(pixels, nodes int) axis {
	a := axis{nodes, make([]int, pixels), make([]float32, pixels)}
	for i := range pixels {
		position := (float64(i)+0.5)*float64(nodes)/float64(pixels) - 0.5
		position = min(max(position, 0), float64(nodes-1))
		a.node[i] = int(position)
		a.second[i] = float32(position - float64(a.node[i]))
	}
	return a
}

// gather adds a row less its mean to the nodes; row has room for one more node.
func (a *axis) gather(row, values, mean []float32) {
	for x, node := range a.node {
		value := values[x] - mean[x]
		second := value * a.second[x]
		row[node] += value - second
		row[node+1] += second
	}
}

// orthonormal returns the inverse of the lower Cholesky factor L of the axis's
// Gram matrix: with B its interpolation, B·L^-T has orthonormal columns.
func (a *axis) orthonormal() (*mat.Dense, error) {
	gram := mat.NewSymDense(a.nodes, nil)
	for i, node := range a.node {
		second := float64(a.second[i])
		first := 1 - second
		gram.SetSym(node, node, gram.At(node, node)+first*first)
		if second > 0 {
			gram.SetSym(node, node+1, gram.At(node, node+1)+first*second)
			gram.SetSym(node+1, node+1, gram.At(node+1, node+1)+second*second)
		}
	}
	var factor mat.Cholesky
	if !factor.Factorize(gram) {
		return nil, errors.New("whitening: the grid's nodes are not independent")
	}
	var lower, inverse mat.TriDense
	factor.LTo(&lower)
	if err := inverse.InverseTri(&lower); err != nil {
		return nil, errors.New("whitening: the grid's nodes are not independent")
	}
	return mat.DenseCopyOf(&inverse), nil
}
