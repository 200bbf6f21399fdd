package dataset

import (
	"cmp"
	"context"
	"slices"
)

// Groups says which images belong together: exact and near-duplicates, and what
// is linked by a chain of them.
type Groups struct {
	// Of maps each digest to the name of its group: the first twelve digits of its smallest digest.
	Of map[string]string
	// Pairs are the links, Threshold the least correlation among near-duplicates.
	Pairs     []Pair
	Threshold float64
}

// Groups finds near-duplicates and gathers them.
func (s *Survey) Groups(ctx context.Context, o NearOptions) (*Groups, error) {
	pairs, err := s.Near(ctx, o)
	if err != nil {
		return nil, err
	}
	g := s.gather(pairs)
	g.Threshold = cmp.Or(o.Threshold, DefaultNear)
	return g, nil
}

// gather unites the images that pairs link, and identical ones.
func (s *Survey) gather(pairs []Pair) *Groups {
	u := newUnion(len(s.Items))
	for _, p := range pairs {
		u.unite(p.A, p.B)
	}
	for _, copies := range s.copies() {
		for _, i := range copies[1:] {
			u.unite(copies[0], i)
		}
	}
	smallest := make([]string, len(s.Items)) // digest by root
	for i, item := range s.Items {
		root := u.find(i)
		if smallest[root] == "" || item.Digest < smallest[root] {
			smallest[root] = item.Digest
		}
	}
	g := &Groups{Of: make(map[string]string, len(s.Items)), Pairs: pairs}
	for i, item := range s.Items {
		g.Of[item.Digest] = smallest[u.find(i)][:groupDigits]
	}
	return g
}

// groupDigits keeps names short; 48 bits do not collide among thousands of images.
const groupDigits = 12

// Label writes the groups' names into items whose digests are known.
func (g *Groups) Label(items []Item) {
	for i := range items {
		items[i].Group = cmp.Or(g.Of[items[i].Digest], items[i].Group)
	}
}

// Members lists the indices of the items by group, largest group first, images
// alone included.
func (g *Groups) Members(items []Item) [][]int {
	byGroup := map[string][]int{}
	for i, item := range items {
		name := g.Of[item.Digest]
		byGroup[name] = append(byGroup[name], i)
	}
	var list [][]int
	for _, indices := range byGroup {
		list = append(list, indices)
	}
	slices.SortFunc(list, func(a, b []int) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a[0], b[0])) })
	return list
}

// union is a forest of sets over 0 to n-1.
type union []int

func newUnion(n int) union {
	u := make(union, n)
	for i := range u {
		u[i] = i
	}
	return u
}

func (u union) find(i int) int {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

func (u union) unite(a, b int) { u[u.find(a)] = u.find(b) }
