package dataset

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// members returns n random images: some identical, some in groups, of which a few are large and some hold both classes.
func members(random *rand.Rand, n int) []Member {
	list := make([]Member, 0, n)
	for len(list) < n {
		class := inspection.Class(random.IntN(2))
		size := 1 + random.IntN(3)
		if random.IntN(20) == 0 {
			size += random.IntN(n / 10)
		}
		group := fmt.Sprintf("g%x", random.Uint64())
		for range min(size, n-len(list)) {
			if random.IntN(12) == 0 {
				class = 1 - class
			}
			m := Member{Digest: fmt.Sprintf("%016x", random.Uint64()), Class: class, Group: group, Part: []Part{Train, Train, Test}[random.IntN(3)]}
			list = append(list, m)
			if random.IntN(10) == 0 && len(list) < n {
				list = append(list, m)
			}
		}
	}
	return list
}

var kinds = []SplitOptions{
	{Kind: Official}, {Kind: Random}, {Kind: Grouped}, {Kind: Fold, Fold: 2}, {Kind: Fold, Fold: 3, Folds: 3},
	{Kind: Random, Test: 0.4, Validation: 0.1}, {Kind: Grouped, Test: 0.3, Validation: 0.3},
}

// TestSplitProperties: whatever the set, no group and no image stands on both
// sides, all have a part, the shares are met and the order changes nothing.
func TestSplitProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for trial := range 40 {
		list := members(random, 150+random.IntN(400))
		for _, o := range kinds {
			o.Seed = uint64(trial)
			parts, err := Assign(list, o)
			require.NoError(t, err, "%v", o)
			requireTogether(t, list, parts, o)
			requireShares(t, list, parts, o.withDefaults())
			requireOrderFree(t, random, list, parts, o)
		}
	}
}

func requireTogether(t *testing.T, list []Member, parts []Part, o SplitOptions) {
	t.Helper()
	byGroup, byDigest := map[string]Part{}, map[string]Part{}
	for i, m := range list {
		require.Contains(t, []Part{Train, Validation, Test}, parts[i])
		if o.Kind == Official {
			require.Equal(t, m.Part == Test, parts[i] == Test)
			if parts[i] == Test {
				continue // the publisher may have put copies on both sides
			}
		}
		require.Equal(t, parts[i], cmp.Or(byDigest[m.Digest], parts[i]), "identical images")
		byDigest[m.Digest] = parts[i]
		if o.NeedsGroups() {
			require.Equal(t, parts[i], cmp.Or(byGroup[m.Group], parts[i]), "a group stands on both sides of %v", o)
			byGroup[m.Group] = parts[i]
		}
	}
}

func requireShares(t *testing.T, list []Member, parts []Part, o SplitOptions) {
	t.Helper()
	var total, test, validation [2]float64
	largest := map[string]float64{}
	for i, m := range list {
		total[m.Class]++
		largest[m.Group]++
		switch parts[i] {
		case Test:
			test[m.Class]++
		case Validation:
			validation[m.Class]++
		}
	}
	slack := 0.0
	for _, n := range largest {
		slack = max(slack, n)
	}
	for class := range total {
		share := o.Test
		if o.Kind == Fold {
			share = 1 / float64(o.Folds)
		}
		if o.Kind != Official {
			require.InDelta(t, share*total[class], test[class], 0.03*total[class]+slack, "test part of %v", o)
		}
		rest := total[class] - test[class]
		require.InDelta(t, o.Validation*rest, validation[class], 0.03*rest+slack, "validation part of %v", o)
	}
}

func requireOrderFree(t *testing.T, random *rand.Rand, list []Member, parts []Part, o SplitOptions) {
	t.Helper()
	order := random.Perm(len(list))
	shuffled := make([]Member, len(list))
	for i, j := range order {
		shuffled[i] = list[j]
	}
	again, err := Assign(shuffled, o)
	require.NoError(t, err)
	for i, j := range order {
		require.Equal(t, parts[j], again[i])
	}
}

// TestFoldsCoverTheSet: every image tests in exactly one fold.
func TestFoldsCoverTheSet(t *testing.T) {
	list := members(rand.New(rand.NewPCG(9, 9)), 600)
	tested := make([]int, len(list))
	var sizes []int
	for fold := 1; fold <= 5; fold++ {
		parts, err := Assign(list, SplitOptions{Kind: Fold, Fold: fold, Seed: 3})
		require.NoError(t, err)
		n := 0
		for i, part := range parts {
			if part == Test {
				tested[i]++
				n++
			}
		}
		sizes = append(sizes, n)
	}
	require.Equal(t, 1, slices.Min(tested))
	require.Equal(t, 1, slices.Max(tested))
	require.Less(t, slices.Max(sizes)-slices.Min(sizes), 20, "%v", sizes)
}

// TestValidationShareLeavesTheTestPart: how much validates does not change what tests.
func TestValidationShareLeavesTheTestPart(t *testing.T) {
	list := members(rand.New(rand.NewPCG(2, 9)), 400)
	for _, kind := range []SplitKind{Random, Grouped, Fold} {
		a, err := Assign(list, SplitOptions{Kind: kind, Fold: 1, Validation: 0.1})
		require.NoError(t, err)
		b, err := Assign(list, SplitOptions{Kind: kind, Fold: 1, Validation: 0.4})
		require.NoError(t, err)
		for i := range list {
			require.Equal(t, a[i] == Test, b[i] == Test)
		}
	}
}

// TestOfficialValidationStays: models name their seed, and whoever repeats their
// validation must get the same images for ever.
func TestOfficialValidationStays(t *testing.T) {
	var list []Member
	for i := range 200 {
		list = append(list, Member{Digest: fmt.Sprintf("%03d", i), Class: inspection.Class(i % 2), Part: Train})
	}
	parts, err := Assign(list, SplitOptions{Seed: 7})
	require.NoError(t, err)
	var held []int
	for i, part := range parts {
		if part == Validation {
			held = append(held, i)
		}
	}
	var want []int
	for class := range 2 { // the first version of the split, line by line
		order := make([]int, 100)
		for i := range order {
			order[i] = 2*i + class
		}
		random := rand.New(rand.NewPCG(7, splitStream+uint64(class)))
		random.Shuffle(100, func(i, j int) { order[i], order[j] = order[j], order[i] })
		want = append(want, order[:int(math.Round(0.2*100))]...)
	}
	slices.Sort(want)
	require.Equal(t, want, held)
}

func TestSplitRefuses(t *testing.T) {
	one := Member{Digest: "a", Group: "g"}
	for name, list := range map[string][]Member{
		"empty":     nil,
		"one class": {one, {Digest: "b", Group: "h"}, {Digest: "c", Group: "i"}, {Digest: "d", Group: "j"}},
		"one group": {one, {Digest: "b", Class: 1, Group: "g"}, {Digest: "c", Group: "g"}, {Digest: "d", Class: 1, Group: "g"}},
	} {
		for _, o := range []SplitOptions{{Kind: Grouped}, {Kind: Fold, Fold: 1}} {
			_, err := Assign(list, o)
			require.ErrorIs(t, err, inspection.ErrBadDataset, name)
		}
	}
	_, err := Assign([]Member{one}, SplitOptions{Kind: Random})
	require.ErrorIs(t, err, inspection.ErrBadDataset)
	_, err = Assign([]Member{one, {Digest: "b", Class: 1}, {Digest: "c"}}, SplitOptions{Kind: Fold, Fold: 1, Folds: 4})
	require.ErrorContains(t, err, "4 folds of 3 groups")
	_, err = Assign([]Member{{Digest: "a", Group: "g"}, {Digest: "b", Group: "g", Class: 1}, {Digest: "c"}}, SplitOptions{Kind: Fold, Fold: 1, Folds: 3})
	require.ErrorContains(t, err, "3 folds of 2 groups")
	for _, o := range []SplitOptions{{Kind: Fold, Fold: 1, Folds: MostFolds + 1}, {Kind: "halves"}, {Kind: Fold}, {Kind: Fold, Fold: 6}, {Validation: 1}, {Test: -1}, {Kind: Fold, Fold: 1, Folds: 1}} {
		require.Error(t, o.Validate(), "%+v", o)
	}
}

func TestParseSplit(t *testing.T) {
	for text, want := range map[string]string{"|": "official, seed 3", "grouped|": "grouped, seed 3", "|2/5": "fold 2/5, seed 3", "fold|1/3": "fold 1/3, seed 3",
		"grouped|5/5": "fold 5/5, seed 3", "random|": "random, seed 3"} {
		kind, fold, _ := cutBar(text)
		o, err := ParseSplit(kind, fold, 3)
		require.NoError(t, err, text)
		require.Equal(t, want, o.String())
	}
	for _, text := range []string{"half|", "|0/5", "|6/5", "|2", "|a/b", "random|1/5", "fold|", "|1/1", "|-1/5"} {
		kind, fold, _ := cutBar(text)
		_, err := ParseSplit(kind, fold, 3)
		require.Error(t, err, text)
	}
}

func cutBar(text string) (string, string, bool) {
	i := slices.Index([]byte(text), '|')
	return text[:i], text[i+1:], true
}

// TestExtendKeepsWhatStands: new images join their near-duplicates, and none joins the test part otherwise.
func TestExtendKeepsWhatStands(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 1))
	for range 20 {
		list := members(random, 400)
		parts, err := Assign(list, SplitOptions{Kind: Grouped})
		require.NoError(t, err)
		standing := map[string]Part{}
		for i := range list {
			list[i].Part = ""
			if random.IntN(3) > 0 {
				list[i].Part = parts[i]
				standing[list[i].Group] = parts[i]
			}
		}
		extended := Extend(list, SplitOptions{Seed: 5})
		n := map[Part]int{}
		for i, m := range list {
			require.Equal(t, extended[i], cmp.Or(m.Part, extended[i]))
			if want, ok := standing[m.Group]; ok {
				require.Equal(t, want, extended[i])
			} else {
				n[extended[i]]++
			}
		}
		require.Zero(t, n[Test])
		require.Positive(t, n[Train])
	}
}
