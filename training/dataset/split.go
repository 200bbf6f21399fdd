package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"assay/inspection"
)

// SplitKind names a way to divide a data set.
type SplitKind string

// The kinds of split. The zero value leaves the choice to the set: a snapshot's
// own parts, else Official.
const (
	// Official keeps the set's own test part (the folder "test"); a seeded, stratified share of the rest validates.
	Official SplitKind = "official"
	// Random divides by chance, class by class, identical images together.
	Random SplitKind = "random"
	// Grouped keeps all near-duplicates of an image on one side.
	Grouped SplitKind = "grouped"
	// Fold is one of several grouped test parts that together cover the whole set: cross-validation.
	Fold SplitKind = "fold"
)

// Defaults of SplitOptions.
const (
	DefaultShare = 0.2
	DefaultFolds = 5
	// MostFolds bounds SplitOptions.Folds.
	MostFolds = 1000
)

// SplitOptions say how a data set is divided. It is a plain value and belongs to
// what decides a model's weights.
type SplitOptions struct {
	Kind SplitKind `json:"kind,omitempty"`
	Seed uint64    `json:"seed"`
	// Validation is the share of what is no test image; Test the share of all images, for Random and Grouped. 0 takes
	// DefaultShare.
	Validation float64 `json:"validation,omitempty"`
	Test       float64 `json:"test,omitempty"`
	// Fold counts from 1 to Folds (0 takes DefaultFolds): which of them tests, for the kind Fold.
	Fold  int `json:"fold,omitempty"`
	Folds int `json:"folds,omitempty"`
}

// ParseSplit reads a split as the command line has it: a kind, and a fold such
// as "2/5", which alone means the kind Fold.
func ParseSplit(kind, fold string, seed uint64) (SplitOptions, error) {
	o := SplitOptions{Kind: SplitKind(kind), Seed: seed}
	if fold != "" {
		if o.Kind != "" && o.Kind != Fold && o.Kind != Grouped {
			return o, fmt.Errorf("split %q: a fold is always of groups", kind)
		}
		number, of, _ := strings.Cut(fold, "/")
		var problems [2]error
		o.Kind = Fold
		o.Fold, problems[0] = strconv.Atoi(number)
		o.Folds, problems[1] = strconv.Atoi(of)
		if errors.Join(problems[:]...) != nil || o.Fold < 1 || o.Folds < 2 || o.Fold > o.Folds {
			return o, fmt.Errorf("fold %q: want one of several, such as 2/5", fold)
		}
	}
	return o, o.Validate()
}

// String returns the split in a few words, such as "grouped, seed 3" or "fold 2/5, seed 3".
func (o SplitOptions) String() string {
	o = o.withDefaults()
	if o.Kind == Fold {
		return fmt.Sprintf("fold %d/%d, seed %d", o.Fold, o.Folds, o.Seed)
	}
	return fmt.Sprintf("%s, seed %d", o.Kind, o.Seed)
}

// Validate reports what is wrong with the options, in words for whoever wrote them.
func (o SplitOptions) Validate() error {
	o = o.withDefaults()
	for _, share := range []float64{o.Validation, o.Test} {
		if !(share > 0 && share < 1) {
			return fmt.Errorf("share %g of a split: want one between 0 and 1", share)
		}
	}
	switch o.Kind {
	case Official, Random, Grouped:
		return nil
	case Fold:
		if o.Folds < 2 || o.Folds > MostFolds || o.Fold < 1 || o.Fold > o.Folds {
			return fmt.Errorf("fold %d of %d: want one from 1 to the number of folds, of 2 to %d", o.Fold, o.Folds, MostFolds)
		}
		return nil
	}
	return fmt.Errorf("split %q: want official, random, grouped or fold", o.Kind)
}

// NeedsGroups tells whether the split needs the near-duplicates of each image.
func (o SplitOptions) NeedsGroups() bool { return o.Kind == Grouped || o.Kind == Fold }

func (o SplitOptions) withDefaults() SplitOptions {
	o.Kind = cmp.Or(o.Kind, Official)
	o.Validation = cmp.Or(o.Validation, DefaultShare)
	o.Test = cmp.Or(o.Test, DefaultShare)
	o.Folds = cmp.Or(o.Folds, DefaultFolds)
	return o
}

// Member is what a split knows of an image: its content, its class, its group of
// near-duplicates (empty where it has none) and the part it came in.
type Member struct {
	Digest string
	Class  inspection.Class
	Group  string
	Part   Part
}

// Assign gives each member its part. It is a pure function of the members'
// content and the options: their order changes nothing. Identical images stay
// together, but for those that the set itself has in train and test (Official).
// Every part it makes holds both classes, or the error wraps
// inspection.ErrBadDataset.
func Assign(members []Member, o SplitOptions) ([]Part, error) {
	o = o.withDefaults()
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("divide data set: %w", err)
	}
	d := &divider{members: members, parts: make([]Part, len(members)), seed: o.Seed}
	var err error
	switch o.Kind {
	case Official:
		for i, m := range members {
			if m.Part == Test {
				d.parts[i] = Test
			}
		}
		err = d.holdOut(Validation, o.Validation, splitStream)
	case Random:
		err = errors.Join(d.holdOut(Test, o.Test, testStream), d.holdOut(Validation, o.Validation, splitStream))
	case Grouped:
		d.spread([]Part{Test, Train}, []float64{o.Test, 1 - o.Test}, testStream)
		d.groupedValidation(o.Validation)
	case Fold:
		if err = d.fold(o.Fold-1, o.Folds); err != nil {
			return nil, err
		}
		d.groupedValidation(o.Validation)
	}
	if err != nil {
		return nil, err
	}
	for i, part := range d.parts {
		d.parts[i] = cmp.Or(part, Train)
	}
	return d.parts, d.check(o)
}

// Streams keep the random numbers of one use of a seed apart from those of the others.
var (
	splitStream = streamOf("dataset split")
	testStream  = streamOf("dataset test part")
)

func streamOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // never fails
	return h.Sum64()
}

// divider holds a split in the making; members without a part are not placed yet.
type divider struct {
	members []Member
	parts   []Part
	seed    uint64
}

// unit is what must stay together: the indices of its members and how many there are of each class.
type unit struct {
	key     string
	indices []int
	count   [2]int
}

// units gathers the unplaced members that the key holds together, sorted by it.
func (d *divider) units(key func(Member) (string, bool)) []unit {
	byKey := map[string]*unit{}
	for i, m := range d.members {
		k, ok := key(m)
		if !ok || d.parts[i] != "" {
			continue
		}
		u := byKey[k]
		if u == nil {
			u = &unit{key: k}
			byKey[k] = u
		}
		u.indices = append(u.indices, i)
		u.count[m.Class]++
	}
	list := make([]unit, 0, len(byKey))
	for _, u := range byKey {
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b unit) int { return cmp.Compare(a.key, b.key) })
	return list
}

func (d *divider) place(u unit, part Part) {
	for _, i := range u.indices {
		d.parts[i] = part
	}
}

// holdOut places about that share of the unplaced images of each class.
func (d *divider) holdOut(part Part, share float64, stream uint64) error {
	for _, class := range []inspection.Class{inspection.Normal, inspection.Defective} {
		units := d.units(func(m Member) (string, bool) { return m.Digest, m.Class == class })
		if len(units) < 2 {
			return fmt.Errorf("%w: %d different %s images; at least 2 are needed, one to train on and one to check with",
				inspection.ErrBadDataset, len(units), class)
		}
		random := rand.New(rand.NewPCG(d.seed, stream+uint64(class))) //nolint:gosec // a split needs no secrecy
		random.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
		held := min(max(int(math.Round(share*float64(len(units)))), 1), len(units)-1)
		for _, u := range units[:held] {
			d.place(u, part)
		}
	}
	return nil
}
