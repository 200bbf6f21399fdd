package dataset

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"assay/inspection"
)

// spread places all unplaced members, group by group, so that each part comes as
// near to its share of either class as whole groups allow: the largest groups
// first, in an order that the seed decides, each where it reduces the squared
// distance to the target most (the greedy way of stratified group k-fold).
func (d *divider) spread(parts []Part, shares []float64, stream uint64) {
	groups := d.groups()
	random := rand.New(rand.NewPCG(d.seed, stream)) //nolint:gosec // a split needs no secrecy
	random.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
	slices.SortStableFunc(groups, func(a, b unit) int { return cmp.Compare(len(b.indices), len(a.indices)) })
	var total [2]float64
	for _, g := range groups {
		for class, n := range g.count {
			total[class] += float64(n)
		}
	}
	counts := make([][2]float64, len(parts))
	for _, g := range groups {
		least, best, chosen := math.Inf(1), parts[0], &counts[0]
		for i, part := range parts {
			if cost := addedCost(g, counts[i], total, shares[i]); cost < least {
				least, best, chosen = cost, part, &counts[i]
			}
		}
		for class, n := range g.count {
			chosen[class] += float64(n)
		}
		d.place(g, best)
	}
}

// groups lists the unplaced members, near-duplicates together.
func (d *divider) groups() []unit {
	return d.units(func(m Member) (string, bool) { return cmp.Or(m.Group, m.Digest), true })
}

// addedCost is the change in the squared distance between what a part holds and
// what it should, relative to the latter, if the group is added.
func addedCost(g unit, count, total [2]float64, share float64) float64 {
	cost := 0.0
	for class, n := range g.count {
		if n == 0 {
			continue
		}
		add, want := float64(n), share*total[class]
		cost += add * (add + 2*(count[class]-want)) / (want * total[class])
	}
	return cost
}

// fold places one of n grouped test parts; which group is in which depends on
// the seed alone, so that the n parts cover the set without overlap. It fails where
// there are fewer groups than parts.
func (d *divider) fold(test, n int) error {
	if groups := len(d.groups()); groups < n {
		return fmt.Errorf("%w: %d folds of %d groups of near-duplicates: choose fewer folds", inspection.ErrBadDataset, n, groups)
	}
	parts, shares := make([]Part, n), make([]float64, n)
	for i := range parts {
		parts[i], shares[i] = Part(fmt.Sprint("fold ", i)), 1/float64(n)
	}
	d.spread(parts, shares, testStream)
	for i, part := range d.parts {
		d.parts[i] = ""
		if part == parts[test] {
			d.parts[i] = Test
		}
	}
	return nil
}

// groupedValidation divides what is no test image into training and validation by groups.
func (d *divider) groupedValidation(share float64) {
	for i, part := range d.parts {
		if part == Train {
			d.parts[i] = ""
		}
	}
	d.spread([]Part{Validation, Train}, []float64{share, 1 - share}, splitStream)
}

// Extend places the members that have no part yet: near-duplicates of placed
// ones go where those are (the stricter part where they disagree), the others to
// training and validation, by groups, with that share. No new image joins the
// test part for any other reason, so that models can be compared on it before
// and after. Like Assign it depends on content alone.
func Extend(members []Member, o SplitOptions) []Part {
	o = o.withDefaults()
	d := &divider{members: members, parts: make([]Part, len(members)), seed: o.Seed}
	group := map[string]Part{}
	for i, m := range members {
		d.parts[i] = m.Part
		key := cmp.Or(m.Group, m.Digest)
		if strictness(m.Part) > strictness(group[key]) {
			group[key] = m.Part
		}
	}
	for i, m := range members {
		if m.Part == "" {
			d.parts[i] = group[cmp.Or(m.Group, m.Digest)]
		}
	}
	d.spread([]Part{Validation, Train}, []float64{o.Validation, 1 - o.Validation}, splitStream)
	return d.parts
}

// strictness orders the parts by how much harm it does to have an image in a looser one.
func strictness(p Part) int { return slices.Index([]Part{"", Train, Validation, Test}, p) }

// check refuses a division in which a part lacks a class. An official test part is what it is.
func (d *divider) check(o SplitOptions) error {
	var count [3][2]int
	for i, part := range d.parts {
		count[slices.Index([]Part{Train, Validation, Test}, part)][d.members[i].Class]++
	}
	for p, part := range []Part{Train, Validation, Test} {
		if part == Test && o.Kind == Official {
			continue
		}
		for _, class := range []inspection.Class{inspection.Normal, inspection.Defective} {
			if count[p][class] == 0 {
				return fmt.Errorf("%w: no %s images are left for the part %q (split %s); more images, or more that are not near-duplicates, are needed",
					inspection.ErrBadDataset, class, part, o)
			}
		}
	}
	return nil
}
