package dataset

import (
	"cmp"
	"maps"
	"slices"

	"assay/inspection"
)

// Audit is what is to know about a data set before anyone trusts a figure
// measured on it. Its JSON is the line that `assay dataset audit` prints.
type Audit struct {
	Images int `json:"images"`
	// Parts counts the images by part and class, Sizes by "width×height" and Colours by colour mode.
	Parts   []PartCount    `json:"parts"`
	Sizes   map[string]int `json:"sizes"`
	Colours map[string]int `json:"colours"`
	// Unreadable lists what cannot be read or decoded, truncated files among them.
	Unreadable []Unreadable `json:"unreadable,omitempty"`
	// Copies counts images of which the set has an identical one before; CopiesAcross those images of later parts that
	// have an identical one in an earlier part (train, validation, test).
	Copies       int `json:"copies"`
	CopiesAcross int `json:"copies_across"`
	// Conflicts are identical images labelled differently.
	Conflicts []Conflict `json:"conflicts,omitempty"`
	// NearPairs counts pairs of near-duplicates at Threshold or above; MixedPairs those of different classes.
	Threshold  float64 `json:"threshold"`
	NearPairs  int     `json:"near_pairs"`
	MixedPairs int     `json:"mixed_pairs"`
	// Leaks says how many images of the last part have a near-duplicate in another part: in place at the correlations
	// of the published analysis, and with small shifts at Threshold.
	Leaks []Leak `json:"leaks,omitempty"`
	// Groups counts groups, images alone included; LargestGroup is the size of the largest, GroupSizes how many groups
	// there are of each size, GroupsAcross how many stand in more than one part.
	Groups       int         `json:"groups"`
	LargestGroup int         `json:"largest_group"`
	GroupsAcross int         `json:"groups_across"`
	GroupSizes   map[int]int `json:"group_sizes"`
}

// PartCount counts the readable images of a part; an undivided set has one with
// an empty name.
type PartCount struct {
	Part      Part `json:"part"`
	Normal    int  `json:"normal"`
	Defective int  `json:"defective"`
}

// Unreadable is an image that cannot be read, and why.
type Unreadable struct {
	Name  string `json:"name"`
	Error string `json:"error"`
}

// Leak is the share of a part that has near-duplicates elsewhere.
type Leak struct {
	Part        Part    `json:"part"`
	Correlation float64 `json:"correlation"`
	Shifts      bool    `json:"shifts"`
	Images      int     `json:"images"`
	Percent     float64 `json:"percent"`
}

// leakLevels are the correlations that the published analysis of the casting set names.
var leakLevels = []float64{0.995, 0.99}

// NewAudit sums a survey and its groups up. The parts are those that the
// survey's items carry.
func NewAudit(s *Survey, g *Groups) Audit {
	a := Audit{Sizes: map[string]int{}, Colours: map[string]int{}, Conflicts: s.Conflicts(), Threshold: g.Threshold,
		NearPairs: len(g.Pairs), GroupSizes: map[int]int{}}
	for _, p := range s.Lost {
		a.Unreadable = append(a.Unreadable, Unreadable{p.Name, p.Err.Error()})
	}
	var readable []Item
	for i, fact := range s.Facts {
		if fact.Err != nil {
			a.Unreadable = append(a.Unreadable, Unreadable{s.Items[i].Name, fact.Err.Error()})
			continue
		}
		a.Images++
		readable = append(readable, s.Items[i])
		a.Sizes[fact.Size()]++
		a.Colours[fact.Colour]++
	}
	a.Parts = countParts(readable)
	a.countCopies(s)
	a.countGroups(s, g)
	return a
}

// countParts counts items by part and class, in the order train, validation, test.
func countParts(items []Item) []PartCount {
	parts := map[Part]*PartCount{}
	for _, item := range items {
		if parts[item.Part] == nil {
			parts[item.Part] = &PartCount{Part: item.Part}
		}
		if item.Class == inspection.Defective {
			parts[item.Part].Defective++
		} else {
			parts[item.Part].Normal++
		}
	}
	var list []PartCount
	for _, p := range slices.SortedFunc(maps.Keys(parts), func(a, b Part) int { return cmp.Compare(strictness(a), strictness(b)) }) {
		list = append(list, *parts[p])
	}
	return list
}

func (a *Audit) countCopies(s *Survey) {
	for _, copies := range s.copies() {
		a.Copies += len(copies) - 1
		first := strictness(Test)
		for _, i := range copies {
			first = min(first, strictness(s.Items[i].Part))
		}
		for _, i := range copies {
			if strictness(s.Items[i].Part) > first {
				a.CopiesAcross++
			}
		}
	}
}

func (a *Audit) countGroups(s *Survey, g *Groups) {
	for _, p := range g.Pairs {
		if s.Items[p.A].Class != s.Items[p.B].Class {
			a.MixedPairs++
		}
	}
	if len(a.Parts) > 1 {
		last := a.Parts[len(a.Parts)-1]
		for _, r := range leakLevels {
			if r < g.Threshold {
				continue // not all such pairs were searched for
			}
			a.Leaks = append(a.Leaks, leak(s, g, last, func(p Pair) bool { return p.inPlace() && p.Correlation > r }, Leak{Correlation: r}))
		}
		a.Leaks = append(a.Leaks, leak(s, g, last, func(Pair) bool { return true }, Leak{Correlation: g.Threshold, Shifts: true}))
	}
	for _, members := range g.Members(s.Items) {
		a.Groups++
		a.LargestGroup = max(a.LargestGroup, len(members))
		a.GroupSizes[len(members)]++
		if slices.ContainsFunc(members, func(i int) bool { return s.Items[i].Part != s.Items[members[0]].Part }) {
			a.GroupsAcross++
		}
	}
}

// leak counts the images of a part that a pair of those counts links to another part.
func leak(s *Survey, g *Groups, part PartCount, counts func(Pair) bool, l Leak) Leak {
	linked := map[int]bool{}
	for _, p := range g.Pairs {
		a, b := s.Items[p.A].Part == part.Part, s.Items[p.B].Part == part.Part
		switch {
		case a == b || !counts(p):
		case a:
			linked[p.A] = true
		case b:
			linked[p.B] = true
		}
	}
	l.Part, l.Images = part.Part, len(linked)
	l.Percent = 100 * float64(l.Images) / float64(max(part.Normal+part.Defective, 1))
	return l
}
