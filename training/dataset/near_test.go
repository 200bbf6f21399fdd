package dataset

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// scene is a picture known at every point: a bright disc with dark marks, as a
// part on a belt. Different seeds give different parts.
type scene struct {
	marks [12][4]float64 // place, width, depth
}

const sceneSide = 96

func newScene(seed uint64) *scene {
	random := rand.New(rand.NewPCG(seed, 7))
	s := &scene{}
	for i := range s.marks {
		s.marks[i] = [4]float64{random.Float64() * sceneSide, random.Float64() * sceneSide, 3 + 9*random.Float64(), 160*random.Float64() - 80}
	}
	return s
}

func (s *scene) at(x, y float64) float64 {
	v := 110.0
	for _, m := range s.marks {
		dx, dy := (x-m[0])/m[2], (y-m[1])/m[2]
		v += m[3] * math.Exp(-dx*dx-dy*dy)
	}
	return v
}

// draw returns the scene shifted by so many pixels, its light changed.
func (s *scene) draw(dx, dy, gain, offset float64) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, sceneSide, sceneSide))
	for y := range sceneSide {
		for x := range sceneSide {
			img.Pix[y*sceneSide+x] = uint8(min(max(gain*s.at(float64(x)-dx, float64(y)-dy)+offset, 0), 255))
		}
	}
	return img
}

func turned(img *image.Gray, o Orientation) *image.Gray {
	out := image.NewGray(img.Rect)
	turnPicture(out.Pix, img.Pix, sceneSide, o)
	return out
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func jpegOf(t *testing.T, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}

func survey(t *testing.T, list []Item) *Survey {
	t.Helper()
	s, err := Inspect(t.Context(), list, SurveyOptions{Content: true})
	require.NoError(t, err)
	return s
}

// variants of a scene that are near-duplicates of it.
func variants(t *testing.T, seed uint64) map[string][]byte {
	t.Helper()
	s := newScene(seed)
	plain := s.draw(0, 0, 1, 0)
	list := map[string][]byte{"plain": pngOf(t, plain), "JPEG 40": jpegOf(t, plain, 40),
		"brighter": pngOf(t, s.draw(0, 0, 1, 25)), "flatter": pngOf(t, s.draw(0, 0, 0.6, 30)), "darker and turned": pngOf(t, turned(s.draw(0, 0, 0.8, 0), transpose))}
	for o := range Orientation(orientations) {
		list[o.String()+" again"] = jpegOf(t, turned(plain, o), 90)
	}
	const pixel = sceneSide / thumbnailSide // of a thumbnail
	for _, d := range [][2]float64{{pixel, 0}, {0, -pixel}, {-pixel, pixel}, {0.5 * pixel, 0.3 * pixel}, {1.3 * pixel, -1.2 * pixel}} {
		list[fmt.Sprint("shift ", d)] = jpegOf(t, s.draw(d[0], d[1], 0.9, 12), 80)
		list[fmt.Sprint("shift and turn ", d)] = jpegOf(t, turned(s.draw(d[0], d[1], 1, 0), transpose|mirrorX), 80)
	}
	return list
}

func TestGroupsHoldVariantsTogether(t *testing.T) {
	var list []Item
	for seed := range uint64(4) {
		for name, data := range variants(t, seed) {
			list = append(list, item(fmt.Sprintf("%d/%s", seed, name), inspection.Class(seed%2), data))
		}
	}
	groups, err := survey(t, list).Groups(t.Context(), NearOptions{})
	require.NoError(t, err)
	groupOf := map[byte]string{}
	for _, item := range list {
		data, _ := item.Read()
		name := groups.Of[digestOf(data)]
		if before, seen := groupOf[item.Name[0]]; seen {
			require.Equal(t, before, name, item.Name)
		}
		groupOf[item.Name[0]] = name
	}
	require.Len(t, slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, name := range groupOf {
			if !yield(name) {
				return
			}
		}
	})), 4, "different parts are different groups")
}

// TestPairSaysHowItMatches checks what a page of pictures rests on.
func TestPairSaysHowItMatches(t *testing.T) {
	s := newScene(3)
	for o := range Orientation(orientations) {
		list := []Item{item("a", 0, pngOf(t, s.draw(0, 0, 1, 0))), item("b", 1, jpegOf(t, turned(s.draw(0, 0, 1, 0), o), 95))}
		found := survey(t, list)
		pairs, err := found.Near(t.Context(), NearOptions{})
		require.NoError(t, err)
		require.Len(t, pairs, 1)
		a, b := found.Facts[pairs[0].A].thumbnail.turn(pairs[0].Orientation), found.Facts[pairs[0].B].thumbnail
		for i := range a {
			require.InDelta(t, b[i], a[i], 12, "%v", o)
		}
		require.True(t, pairs[0].inPlace())
	}
	list := []Item{item("a", 0, pngOf(t, s.draw(0, 0, 1, 0))), item("b", 1, pngOf(t, s.draw(2, -1, 1, 0)))}
	found := survey(t, list)
	pairs, err := found.Near(t.Context(), NearOptions{})
	require.NoError(t, err)
	require.Len(t, pairs, 1)
	sign := 1.0
	if pairs[0].A == 1 {
		sign = -1
	}
	require.InDelta(t, sign*1, pairs[0].ShiftX, 0.15)
	require.InDelta(t, sign*-0.5, pairs[0].ShiftY, 0.15)
}

// TestNearFindsAllThatBruteForceFinds: the bound rules out no pair, on pictures
// of which many are near the threshold.
func TestNearFindsAllThatBruteForceFinds(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	var list []Item
	for i := range 18 {
		s := newScene(uint64(i))
		for j := range 4 {
			other := *s
			for k := range 3 * j {
				other.marks[k][3] *= 1 + 0.12*float64(j)*random.NormFloat64()
			}
			list = append(list, item(fmt.Sprint(i, "/", j), inspection.Class(j%2), pngOf(t, turned(other.draw(0, 0, 1, 0), Orientation(random.IntN(8))))))
		}
	}
	requireRecall(t, survey(t, list), DefaultNear, 12)
}

// requireRecall holds Near to a comparison of all with all.
func requireRecall(t *testing.T, s *Survey, threshold float64, least int) {
	t.Helper()
	pairs, err := s.Near(t.Context(), NearOptions{Threshold: threshold})
	require.NoError(t, err)
	found := map[[2]int]Pair{}
	for _, p := range pairs {
		found[[2]int{min(p.A, p.B), max(p.A, p.B)}] = p
	}
	halves := make([][]float32, len(s.Facts))
	for i, f := range s.Facts {
		halves[i] = normalised(f.thumbnail.half())
	}
	expected := 0
	other := make([]float32, thumbnailSide*thumbnailSide)
	for i := range halves {
		for o := range Orientation(orientations) {
			turnHalf(other, halves[i], o)
			for j := i + 1; j < len(halves); j++ {
				if r := dot(other, halves[j]); r >= threshold+1e-5 {
					expected++
					p, ok := found[[2]int{i, j}]
					require.True(t, ok, "%s and %s at %v", s.Items[i].Name, s.Items[j].Name, r)
					require.GreaterOrEqual(t, p.Correlation, r-1e-4)
				}
			}
		}
	}
	require.GreaterOrEqual(t, expected, least, "the test has something to find")
}

func normalised(values []float32) []float32 {
	mean := float32(0)
	for _, v := range values {
		mean += v / float32(len(values))
	}
	scale := normOf(values)
	for i := range values {
		values[i] = (values[i] - mean) * scale
	}
	return values
}

// castings returns every nth image of the casting set.
func castings(t *testing.T, n int) []Item {
	t.Helper()
	shared := os.Getenv("ASSAY_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	all, err := WholeFolder(filepath.Join(shared, "datasets", "casting"), FolderOptions{})
	if err != nil {
		t.Skipf("needs the casting image set (ASSAY_SHARED): %v", err)
	}
	var list []Item
	for i := 0; i < len(all); i += n {
		list = append(list, all[i])
	}
	return list
}

func TestNearOnCastings(t *testing.T) {
	requireRecall(t, survey(t, castings(t, 60)), 0.95, 8)
}

// TestShiftedCastings measures how many real pictures are still recognised when
// moved by up to one thumbnail pixel.
func TestShiftedCastings(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var list []Item
	for _, original := range castings(t, 300) {
		data, err := original.Read()
		require.NoError(t, err)
		img, err := Decode(data)
		require.NoError(t, err)
		dx, dy := random.IntN(13)-6, random.IntN(13)-6
		moved := image.NewRGBA(img.Bounds())
		draw.Draw(moved, moved.Rect, image.NewUniform(img.At(2, 2)), image.Point{}, draw.Src)
		draw.Draw(moved, moved.Rect.Add(image.Pt(dx, dy)), img, image.Point{}, draw.Src)
		list = append(list, original, item("moved "+original.Name, original.Class, jpegOf(t, moved, 85)))
	}
	s := survey(t, list)
	groups, err := s.Groups(t.Context(), NearOptions{})
	require.NoError(t, err)
	missed := 0
	for i := 0; i < len(s.Items); i += 2 {
		if groups.Of[s.Items[i].Digest] != groups.Of[s.Items[i+1].Digest] {
			missed++
		}
	}
	t.Logf("%d of %d missed", missed, len(s.Items)/2)
	require.LessOrEqual(t, missed, len(s.Items)/2/50)
}

func TestGroupsDoNotDependOnOrder(t *testing.T) {
	var list []Item
	for seed := range uint64(3) {
		for name, data := range variants(t, seed) {
			list = append(list, item(name, inspection.Class(seed%2), data))
		}
	}
	a, err := survey(t, list).Groups(t.Context(), NearOptions{Workers: 1})
	require.NoError(t, err)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	b, err := survey(t, list).Groups(t.Context(), NearOptions{Workers: 3})
	require.NoError(t, err)
	require.Equal(t, a.Of, b.Of)
	require.Len(t, b.Pairs, len(a.Pairs))
}

func TestFlatPicturesAreNoDuplicates(t *testing.T) {
	flat := func(v uint8) []byte {
		img := image.NewGray(image.Rect(0, 0, 60, 60))
		for i := range img.Pix {
			img.Pix[i] = v
		}
		return pngOf(t, img)
	}
	s := survey(t, []Item{item("a", 0, flat(10)), item("b", 1, flat(20)), item("c", 0, flat(10))})
	groups, err := s.Groups(t.Context(), NearOptions{})
	require.NoError(t, err)
	require.Empty(t, groups.Pairs)
	require.Len(t, groups.Members(s.Items), 2, "copies are one group all the same")
}

// TestThumbnailOfAnySize: a picture smaller than its thumbnail, one much larger,
// and one that is not square.
func TestThumbnailOfAnySize(t *testing.T) {
	for _, size := range []image.Point{{7, 7}, {31, 90}, {400, 250}, {1, 1}, {2, 3}} {
		img := image.NewRGBA(image.Rectangle{Max: size})
		for i := range img.Pix {
			img.Pix[i] = uint8(i * 7)
		}
		thumb, err := newThumbnail(img, inspection.Rectangle{})
		require.NoError(t, err)
		if size.X > 2 {
			require.NotNil(t, thumb)
		}
		_, err = newThumbnail(img, inspection.Rectangle{X: 1, Y: 1, Width: size.X, Height: size.Y})
		require.ErrorIs(t, err, inspection.ErrBadImage)
	}
}
