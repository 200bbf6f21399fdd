package familiarity_test

import (
	"image"
	_ "image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"assay/capture/demo" //nolint:depguard // its pictures are what is to be told from photographs
	"assay/inference/familiarity"
	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// castings returns the files of the casting set's part and class.
func castings(t *testing.T, folders ...string) []string {
	t.Helper()
	shared := os.Getenv("ASSAY_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	var all []string
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(shared, "datasets", "casting", folder, "*.jpeg"))
		require.NoError(t, err)
		all = append(all, files...)
	}
	if len(all) == 0 {
		t.Skip("the casting images are not here: set ASSAY_SHARED")
	}
	return all
}

func read(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	img, _, err := image.Decode(f)
	require.NoError(t, err)
	return img
}

// every picks n files, evenly.
func every(t *testing.T, files []string, n, offset int) func(i int) image.Image {
	return func(i int) image.Image { return read(t, files[(i*len(files)/n+offset)%len(files)]) }
}

// TestTellsCastingsFromTheDemoLine is the hardest question there is a picture
// for: rendered castings of the same kind of part.
func TestTellsCastingsFromTheDemoLine(t *testing.T) {
	train := castings(t, "train/def_front", "train/ok_front")
	test := castings(t, "test/def_front", "test/ok_front")
	spec := input(1, 75, inspection.NormalizationDisc)
	own := prepare(t, spec, 300, every(t, train, 300, 0))
	d, err := familiarity.Fit(len(own), func(i int) []uint8 { return own[i] }, spec)
	require.NoError(t, err)
	require.NoError(t, d.Calibrate(list(prepare(t, spec, 100, every(t, train, 100, 5)))))

	known := prepare(t, spec, 100, every(t, test, 100, 0))
	require.LessOrEqual(t, flagged(d, known), 2, "of 100 castings of the test part")
	studio := demo.NewStudio(11)
	rendered := prepare(t, spec, 100, func(i int) image.Image {
		img, _ := studio.Render(uint64(i + 1))
		return img
	})
	require.GreaterOrEqual(t, flagged(d, rendered), 99, "of 100 castings of the demo line")
	strange := prepare(t, spec, 110, func(i int) image.Image { return other(i) })
	require.GreaterOrEqual(t, flagged(d, strange), 109, "of 110 pictures of other things")
}
