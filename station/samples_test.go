package station

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

func importFolder(t *testing.T, s *Station, dir string, split SplitKind) DatasetReport {
	t.Helper()
	r, err := s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetFolder, Folder: dir}, split, nil)
	require.NoError(t, err)
	return r
}

func TestAnImportIsASnapshotThatStays(t *testing.T) {
	s := newTestStation(t, nil, 0)
	dir := filepath.Join(t.TempDir(), "parts")
	writeSamples(t, dir, 30)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "normal", "zz.png"), []byte("cut off"), 0o600))
	data, err := os.ReadFile(filepath.Join(dir, "normal", "000.png"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "normal", "copy.png"), data, 0o600))

	r := importFolder(t, s, dir, SplitGrouped)
	require.Empty(t, r.Problem)
	require.Equal(t, 61, r.Train.Total()+r.Validation.Total()+r.Test.Total())
	require.Positive(t, r.Test.Normal)
	require.Positive(t, r.Test.Defective)
	require.Equal(t, 1, r.ExactDuplicates)
	require.Equal(t, 60, r.Groups)
	require.Zero(t, r.Crossing)
	require.Len(t, r.Unreadable, 1)
	require.Regexp(t, `^normal/zz\.png: .*cannot be read`, r.Unreadable[0], "with the reason")
	require.Zero(t, r.Excluded, "nobody has taken it out by hand")
	require.NotEmpty(t, r.Sizes)

	images, err := s.SampleImages(t.Context(), r.Snapshot)
	require.NoError(t, err)
	at := slices.IndexFunc(images, func(i SampleImage) bool {
		return i.Class == "normal" && i.Part == "train" && i.Name > "normal/000.png" && i.Name[7] == '0' && !i.Excluded
	})
	train := images[at]
	_, err = s.RelabelSample(r.Snapshot, train.Digest, "defective", "Ada", " ")
	require.ErrorIs(t, err, inspection.ErrBadDataset, "a reason is needed")
	relabelled, err := s.RelabelSample(r.Snapshot, train.Digest, "defective", "Ada", "a crack")
	require.NoError(t, err)
	require.Equal(t, 1, relabelled.Relabelled)
	require.NotEqual(t, r.Snapshot, relabelled.Snapshot, "a version never changes")
	require.Equal(t, r.Sizes, relabelled.Sizes)
	excluded, err := s.ExcludeSample(relabelled.Snapshot, train.Digest, "Ada", "blurred")
	require.NoError(t, err)
	require.Equal(t, r.Excluded+1, excluded.Excluded)
	included, err := s.IncludeSample(excluded.Snapshot, train.Digest, "Ada", "it is sharp after all")
	require.NoError(t, err)
	require.Equal(t, relabelled.Train, included.Train, "it is used again")
	require.Equal(t, r.Excluded, included.Excluded)
	kept, err := s.ExcludeSample(included.Snapshot, train.Digest, "Ada", "blurred")
	require.NoError(t, err)

	again := importFolder(t, s, dir, SplitGrouped)
	require.Equal(t, kept.Snapshot, again.Snapshot, "the folder is as it was")
	require.Contains(t, strings.Join(again.Warnings, " "), "Nothing has changed since "+kept.Snapshot)
	require.Equal(t, r.Excluded+1, again.Excluded, "what a person decided stays")
	require.Equal(t, r.Test, again.Test, "the test part stays as it is")
	list, err := s.Snapshots()
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, again.Snapshot, list[0].Snapshot)

	random, err := s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetSnapshot, Snapshot: again.Snapshot}, SplitRandom, nil)
	require.NoError(t, err)
	require.Equal(t, SplitRandom, random.Split)
	require.NotEqual(t, again.Snapshot, random.Snapshot)
	require.Equal(t, again.Excluded, random.Excluded)
	same, err := s.ImportDataset(t.Context(), DatasetChoice{Kind: DatasetSnapshot, Snapshot: random.Snapshot}, SplitRandom, nil)
	require.NoError(t, err)
	require.Equal(t, random, same, "nothing to do")

	picture, err := s.SamplePicture(t.Context(), again.Snapshot, train.Digest)
	require.NoError(t, err, "an excluded picture can still be looked at")
	require.Equal(t, 32, picture.Bounds().Dx())
}

func TestPicturesThatAreGoneStartTheSetAnew(t *testing.T) {
	s := newTestStation(t, nil, 0)
	dir := filepath.Join(t.TempDir(), "parts")
	writeSamples(t, dir, 24)
	importFolder(t, s, dir, SplitGrouped)
	require.NoError(t, os.Remove(filepath.Join(dir, "normal", "003.png")))
	r := importFolder(t, s, dir, SplitGrouped)
	require.Empty(t, r.Problem)
	require.Equal(t, 47, r.Train.Total()+r.Validation.Total()+r.Test.Total())
	require.Contains(t, r.Warnings[len(r.Warnings)-1], "could not be carried on")
}

func TestSetsThatCannotBeTrainedOnSaySo(t *testing.T) {
	s := newTestStation(t, nil, 0)
	empty := t.TempDir()
	one := filepath.Join(t.TempDir(), "one")
	require.NoError(t, os.MkdirAll(filepath.Join(one, "normal"), 0o750))
	writePicture(t, filepath.Join(one, "normal", "a.png"), 1)
	for _, c := range []DatasetChoice{{Kind: DatasetFolder, Folder: empty}, {Kind: DatasetFolder, Folder: one}, {Kind: DatasetFolder, Folder: "/does/not/exist"}, {}} {
		r, err := s.ImportDataset(t.Context(), c, "", nil)
		require.NoError(t, err)
		require.NotEmpty(t, r.Problem, c.Folder)
	}
	list, err := s.Snapshots()
	require.NoError(t, err)
	require.Empty(t, list, "nothing half-made is kept")
	_, err = s.SampleImages(t.Context(), "nobody@1")
	require.ErrorIs(t, err, inspection.ErrNotFound)
}

func TestPreviewShowsSeededVariants(t *testing.T) {
	s := newTestStation(t, nil, 0)
	dir := filepath.Join(t.TempDir(), "parts")
	writeSamples(t, dir, 24)
	r := importFolder(t, s, dir, SplitRandom)
	wish := PreviewRequest{Snapshot: r.Snapshot, Augment: "rotate=90,noise=5", Seed: 3, Count: 8, InputSize: 48}
	p, err := s.PreviewAugmentations(t.Context(), wish)
	require.NoError(t, err)
	require.Len(t, p.Variants, 8)
	require.NotEmpty(t, p.Name)
	require.Equal(t, 48, p.Original.Bounds().Dx())
	require.NotEqual(t, p.Variants[0], p.Variants[1])
	same, err := s.PreviewAugmentations(t.Context(), wish)
	require.NoError(t, err)
	require.Equal(t, p, same)
	wish.Normalization = inspection.NormalizationDisc
	normalised, err := s.PreviewAugmentations(t.Context(), wish)
	require.NoError(t, err)
	require.NotEqual(t, p.Original, normalised.Original, "shown as the model will see it")
	_, err = s.PreviewAugmentations(t.Context(), PreviewRequest{Snapshot: r.Snapshot, Augment: "swirl", Count: 8})
	require.Error(t, err)
	lent, err := s.PreviewAugmentations(t.Context(), PreviewRequest{Snapshot: r.Snapshot, Augment: "look=1", Seed: 3, Count: 8, InputSize: 48})
	require.NoError(t, err)
	require.NotEqual(t, lent.Original, lent.Variants[0], "other samples lend their looks")
	require.NotEqual(t, lent.Variants[0], lent.Variants[1])
	for _, a := range s.Augmentations() {
		_, err := s.PreviewAugmentations(t.Context(), PreviewRequest{Snapshot: r.Snapshot, Augment: a.Name, Seed: 3, Count: 1, InputSize: 48})
		require.NoError(t, err, a.Name)
	}
}

// TestLooksAreReadOnce: what a slider asks for while it moves rests on no file but that of the picture shown.
func TestLooksAreReadOnce(t *testing.T) {
	s := newTestStation(t, nil, 0)
	dir, others := filepath.Join(t.TempDir(), "parts"), filepath.Join(t.TempDir(), "others")
	writeSamples(t, dir, 24)
	writeSamples(t, others, 30)
	parts := importFolder(t, s, dir, SplitRandom).Snapshot
	wish := PreviewRequest{Snapshot: parts, Augment: "look=1", Seed: 3, Count: 2, InputSize: 48}
	shown := func(s *Station, r PreviewRequest) Preview {
		p, err := s.PreviewAugmentations(t.Context(), r)
		require.NoError(t, err)
		return p
	}
	first := shown(s, wish)
	require.NotEqual(t, first.Original, first.Variants[0])
	smaller, round, other := wish, wish, wish
	smaller.InputSize, round.Normalization, other.Snapshot = 40, inspection.NormalizationDisc, importFolder(t, s, others, SplitRandom).Snapshot
	for _, r := range []PreviewRequest{smaller, wish, round, wish, other, wish} {
		fresh := newTestStation(t, nil, 0)
		fresh.params.Data = s.params.Data
		require.Equal(t, shown(fresh, r), shown(s, r), "looks of another input or set are not lent: %v", r)
	}
	used, _, _, err := s.lenders(parts, inspection.InputSpec{})
	require.NoError(t, err)
	require.Len(t, used, lookLenders)
	for _, item := range used[1:] {
		require.NoError(t, os.Remove(filepath.Join(dir, item.Name)))
	}
	require.Equal(t, first, shown(s, wish))
}

func TestPicturesOfEachVersionAreItsOwn(t *testing.T) {
	s := newTestStation(t, nil, 0)
	dir := filepath.Join(t.TempDir(), "parts")
	writeSamples(t, dir, 24)
	before := importFolder(t, s, dir, SplitRandom)
	writePicture(t, filepath.Join(dir, "normal", "new.png"), 99)
	after := importFolder(t, s, dir, SplitRandom)
	images, err := s.SampleImages(t.Context(), after.Snapshot)
	require.NoError(t, err)
	added := images[slices.IndexFunc(images, func(i SampleImage) bool { return i.Name == "normal/new.png" })]
	name := before.Snapshot[:len(before.Snapshot)-len("@1")]
	for range 2 { // whichever was looked at last
		_, err = s.SamplePicture(t.Context(), after.Snapshot, added.Digest)
		require.NoError(t, err)
		_, err = s.SamplePicture(t.Context(), before.Snapshot, added.Digest)
		require.ErrorIs(t, err, inspection.ErrNotFound)
		_, err = s.SamplePicture(t.Context(), name, added.Digest)
		require.NoError(t, err, "a name alone is the newest version")
	}
}

// TestARefusedFolderSaysHowMuchItHolds, not that nothing was read.
func TestARefusedFolderSaysHowMuchItHolds(t *testing.T) {
	s := newTestStation(t, nil, 0)
	dir := filepath.Join(t.TempDir(), "parts")
	writeSamples(t, dir, 20)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "defective")))
	r := importFolder(t, s, dir, "")
	require.Contains(t, r.Problem, "one folder of good and one folder of defective parts")
	require.Empty(t, r.Snapshot)
	require.Equal(t, ClassCount{Normal: 20}, r.Train)
}
