package training

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"assay/inspection"
	"assay/training/dataset"
)

// Groups mark what an item is for, until its place in the set is known.
const (
	groupHeld = "held"
	groupPool = "pool"
)

// open reads the images of both sets once, at the model's input.
func (r AdaptRequest) open(ctx context.Context, hooks AdaptHooks) (*adapter, error) {
	a := &adapter{AdaptRequest: r, hooks: hooks}
	var err error
	first := r.request(r.Samples[0]).withDefaults()
	if a.network, a.weights, err = first.network(); err != nil {
		return nil, err
	}
	items, lost, err := r.items(ctx)
	if err != nil {
		return nil, err
	}
	set, err := dataset.Load(ctx, items, a.network.Input, dataset.LoadOptions{Progress: hooks.Load})
	if err != nil {
		return nil, err
	}
	a.images = images{set: set, lost: append(lost, set.Unreadable...)}
	byGroup := map[string][]int{}
	for i, sample := range set.Samples {
		byGroup[sample.Group+string(sample.Part)] = append(byGroup[sample.Group+string(sample.Part)], i)
	}
	a.pool, a.held = byGroup[groupPool], byGroup[groupHeld]
	a.images.replay, a.images.validation = byGroup[replayed+string(dataset.Train)], byGroup[replayed+string(dataset.Validation)]
	a.images.train = a.pool
	return a, a.fit()
}

// items lists the new images, pool first in the order in which they are given,
// and the old ones.
func (r AdaptRequest) items(ctx context.Context) (items []dataset.Item, lost []dataset.Problem, err error) {
	fresh, err := dataset.Open(ctx, r.New, nil)
	if err != nil {
		return nil, nil, err
	}
	old, err := dataset.Open(ctx, r.Old, nil)
	if err != nil {
		return nil, nil, err
	}
	order := r.deal(fresh.Training.Items())
	pool, held := holdOut(order, r.Samples[len(r.Samples)-1])
	if fresh.Test.Len() > 0 {
		pool = order
		if held, err = r.release(fresh, pool); err != nil {
			return nil, nil, err
		}
	}
	for _, part := range []struct {
		items []dataset.Item
		group string
	}{{pool, groupPool}, {held, groupHeld}} {
		for _, item := range part.items {
			item.Group, item.Part = part.group, ""
			items = append(items, item)
		}
	}
	items = append(items, replayable(old.Training.Items(), fresh)...)
	return items, slices.Concat(fresh.Lost, old.Lost), nil
}

// release takes the test part of the new images out for the whole curve: one use,
// which says at which points. Where there is nothing to learn from the pool, or to
// measure, it is not used.
func (r AdaptRequest) release(fresh *dataset.Division, pool []dataset.Item) ([]dataset.Item, error) {
	normal, defective := fresh.Test.Count()
	if err := bothKinds("new images held out", normal, defective); err != nil {
		return nil, err
	}
	normal, defective = dataset.CountItems(pool)
	if err := bothKinds("new images", normal, defective); err != nil {
		return nil, err
	}
	use := r.Use
	use.Dataset, use.Split = fresh.Source, fresh.Split.String()
	use.Purpose += ": learning curve at 0"
	for _, n := range cut(r.Samples, len(pool)) {
		use.Purpose += fmt.Sprintf(", %d", n)
	}
	use.Purpose += " samples"
	return fresh.Test.Release(r.Uses, use)
}

// cut cuts the numbers of samples to what there is.
func cut(samples []int, pool int) []int {
	var list []int
	for _, n := range samples {
		if n = min(n, pool); !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// bothKinds refuses images of one class.
func bothKinds(name string, normal, defective int) error {
	if normal == 0 || defective == 0 {
		return fmt.Errorf("%w: the %s are %d normal and %d defective ones; some of both are needed", inspection.ErrBadDataset, name, normal, defective)
	}
	return nil
}

// deal orders images by chance, the classes taking turns while both last, so
// that any number of first ones is as balanced as can be. Images with the same
// content come once; the copies are left out.
func (r AdaptRequest) deal(items []dataset.Item) []dataset.Item {
	var order []dataset.Item
	var classes [2][]dataset.Item
	seen := map[string]bool{}
	for _, item := range items {
		if !seen[item.Digest] {
			seen[item.Digest] = true
			classes[item.Class] = append(classes[item.Class], item)
		}
	}
	random := rand.New(rand.NewPCG(r.Seed, saltOf("adaptation order"))) //nolint:gosec // an order needs no secrecy
	for _, list := range classes {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	for i := range max(len(classes[0]), len(classes[1])) {
		for _, class := range []inspection.Class{inspection.Defective, inspection.Normal} {
			if i < len(classes[class]) {
				order = append(order, classes[class][i])
			}
		}
	}
	return order
}

// heldShare is the least share of undivided new images that is measured.
const heldShare = 0.2

// AdaptPool is the number of n undivided new images that an adaptation may learn
// from: the others are held out to measure it. Of a handful it may be fewer, so
// that one of each class is held out.
func AdaptPool(n int) int { return n - int(heldShare*float64(n)+0.5) }

// holdOut keeps apart what lies beyond the most samples asked for, and at least
// heldShare of all, of each class its share.
func holdOut(order []dataset.Item, most int) (pool, held []dataset.Item) {
	least := leastHeld(order)
	kept := make([]bool, len(order))
	for i, item := range slices.Backward(order) {
		if kept[i] = least[item.Class] > 0; kept[i] {
			least[item.Class]--
		}
	}
	for i, item := range order {
		if kept[i] || len(pool) == most {
			held = append(held, item)
		} else {
			pool = append(pool, item)
		}
	}
	return pool, held
}

// leastHeld is the number of images of each class that are always held out: some
// of both and not all of either, where there are two.
func leastHeld(items []dataset.Item) (least [2]int) {
	var count [2]int
	count[inspection.Normal], count[inspection.Defective] = dataset.CountItems(items)
	some := func(class inspection.Class, n int) {
		least[class] = max(n, min(count[class]-1, 1))
	}
	all := len(items) - AdaptPool(len(items))
	some(inspection.Normal, int(math.Round(float64(all*count[inspection.Normal])/float64(max(len(items), 1)))))
	some(inspection.Defective, all-least[inspection.Normal])
	some(inspection.Normal, all-least[inspection.Defective])
	return least
}

// fit cuts the numbers of samples to what there is and refuses what cannot be
// measured.
func (a *adapter) fit() error {
	for _, part := range []struct {
		name    string
		indices []int
	}{{"new images", a.pool}, {"new images held out", a.held}, {"old training images", a.images.replay}, {"old validation images", a.images.validation}} {
		normal, defective := a.images.set.CountOf(part.indices)
		if err := bothKinds(part.name, normal, defective); err != nil {
			return err
		}
	}
	samples := cut(a.Samples, len(a.pool))
	if a.Samples[len(a.Samples)-1] > len(a.pool) && a.hooks.Warn != nil {
		a.hooks.Warn(fmt.Errorf("there are %d new images to train on and %d to measure with: the curve ends there", len(a.pool), len(a.held)))
	}
	a.Samples = samples
	return nil
}
