package training

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"assay/inspection"
	"assay/training/dataset"
)

// SeenKind says whether a model has learnt from the images that it is measured on.
type SeenKind string

// The kinds. A model has learnt from an image when it was trained on it or chosen
// by it, and so has one that started from that model.
const (
	SeenNone SeenKind = "none"
	SeenSome SeenKind = "some"
	SeenAll  SeenKind = "all"
	// SeenUnknown is where a card's fingerprint fits no division that can be made again, and no image is known to be
	// seen.
	SeenUnknown SeenKind = "unknown"
)

// Seen is what is known of a model's acquaintance with the images of a selection.
type Seen struct {
	Kind SeenKind
	// Images of Of are known to be seen; with SeenSome it is the least number where a training's images are unknown.
	Images, Of int
	// SameSource says that one of the cards names the selection's data set; Split is how it was divided for that
	// training, in words, empty where that is not known.
	SameSource bool
	Split      string
}

// Seen compares the images with those that a model and its ancestors learnt from.
// lineage holds the model's card, that of the model it started from, and so on;
// whole says that it begins with random weights. A card holds no list of images but
// their fingerprint: the selection's data set is divided as the card's command says,
// and counts where the fingerprints agree. Nothing else is guessed at. Only
// cancelling ctx makes it fail.
func (s Selected) Seen(ctx context.Context, lineage []inspection.ModelCard, whole bool) (Seen, error) {
	seen := Seen{Of: len(s.Items)}
	learnt := map[string]bool{}
	for _, card := range lineage {
		division, err := s.trainedOn(ctx, card, &seen)
		if err != nil {
			return seen, err
		}
		if division == nil {
			whole = false
			continue
		}
		seen.SameSource, seen.Split = true, division.Split.String()
		for _, item := range division.Training.Items() {
			learnt[item.Digest] = true
		}
	}
	for _, item := range s.Items {
		if learnt[item.Digest] {
			seen.Images++
		}
	}
	switch {
	case seen.Images > 0 && seen.Images == seen.Of:
		seen.Kind = SeenAll
	case seen.Images > 0:
		seen.Kind = SeenSome
	case whole && len(lineage) > 0:
		seen.Kind = SeenNone
	default:
		seen.Kind = SeenUnknown
	}
	return seen, nil
}

// trainedOn returns the division whose training images are those of the card, nil
// where none is found.
func (s Selected) trainedOn(ctx context.Context, card inspection.ModelCard, seen *Seen) (*dataset.Division, error) {
	fits := func(d *dataset.Division) bool { return dataset.Fingerprint(d.Training.Items()) == card.Dataset }
	if fits(s.division) {
		return s.division, nil
	}
	source, split, ok := datasetOf(card.Command)
	if card.Dataset == "" || !ok || nameOf(source) != nameOf(s.division.Source) {
		return nil, nil
	}
	seen.SameSource = true
	for _, from := range slices.Compact([]string{filepath.Clean(s.choice.Source), filepath.Clean(source)}) {
		choice := s.choice
		choice.Source, choice.Split = from, split
		division, err := dataset.Open(ctx, choice, nil)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil && fits(division) {
			return division, nil
		}
	}
	return nil, nil
}

// nameOf is the last part of a folder's path, or a snapshot's name without its version.
func nameOf(source string) string {
	name, _, _ := strings.Cut(filepath.Base(filepath.Clean(source)), "@")
	return name
}

// datasetOf reads which data set a card's command names and how it divides it.
func datasetOf(command string) (source string, split dataset.SplitOptions, ok bool) {
	rest, ok := strings.CutPrefix(command, "assay train ")
	if !ok {
		return "", split, false
	}
	flags := map[string]string{}
	for flag := range strings.SplitSeq(" "+rest, " --") {
		name, value, _ := strings.Cut(flag, " ")
		flags[name] = value
	}
	seed, err := strconv.ParseUint(flags["seed"], 10, 64)
	if err != nil || flags["dataset"] == "" {
		return "", split, false
	}
	if split, err = dataset.ParseSplit(flags["split"], flags["fold"], seed); err != nil {
		return "", split, false
	}
	split.Validation, _ = strconv.ParseFloat(flags["validation"], 64) // 0, the default, where it is not given
	return flags["dataset"], split, true
}
