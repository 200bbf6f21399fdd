package widgets_test

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/ui/widgets"
)

func noise(seed uint64, width, height int) (*image.Gray, *image.RGBA) {
	random := rand.New(rand.NewPCG(seed, 1))
	gray, rgba := image.NewGray(image.Rect(0, 0, width, height)), image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range gray.Pix {
		gray.Pix[i] = uint8(random.IntN(256))
		copy(rgba.Pix[4*i:], []uint8{gray.Pix[i], gray.Pix[i], gray.Pix[i], 255})
	}
	return gray, rgba
}

func TestReduceAveragesSquares(t *testing.T) {
	for _, k := range []int{1, 2, 4, 3} {
		for seed := range uint64(5) {
			gray, rgba := noise(seed, 37, 29)
			zone := image.Rect(5, 2, 35, 28)
			fromGray, fromRGBA := widgets.Reduce(nil, gray, zone, k), widgets.Reduce(nil, rgba, zone, k)
			require.Equal(t, image.Pt(30/k, 26/k), fromGray.Rect.Size(), "k %d", k)
			require.Equal(t, fromGray.Pix, fromRGBA.Pix, "k %d, seed %d: both kinds of picture agree", k, seed)
			for y := range 26 / k {
				for x := range 30 / k {
					sum := 0
					for dy := range k {
						for dx := range k {
							sum += int(gray.GrayAt(5+x*k+dx, 2+y*k+dy).Y)
						}
					}
					require.Equal(t, uint8(sum/(k*k)), fromGray.RGBAAt(x, y).R, "k %d at %d,%d", k, x, y)
				}
			}
		}
	}
}

func TestReduceReusesABufferThatFits(t *testing.T) {
	gray, _ := noise(1, 16, 16)
	first := widgets.Reduce(nil, gray, gray.Rect, 2)
	require.Same(t, first, widgets.Reduce(first, gray, gray.Rect, 2))
	require.NotSame(t, first, widgets.Reduce(first, gray, gray.Rect, 4))
}

func TestReductionLeavesAtLeastTheRoomAndAtMostTwice(t *testing.T) {
	tests := []struct {
		size, room image.Point
		want       int
	}{
		{image.Pt(640, 480), image.Pt(667, 500), 1},
		{image.Pt(1280, 720), image.Pt(667, 500), 1},
		{image.Pt(1920, 1080), image.Pt(667, 500), 2},
		{image.Pt(4000, 3000), image.Pt(667, 500), 4},
		{image.Pt(640, 480), image.Point{}, 1},
		{image.Pt(1, 1), image.Pt(1, 1), 1},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, widgets.Reduction(tt.size, tt.room), "%v in %v", tt.size, tt.room)
	}
}

func TestDirectRefusesWhatTheCardWouldMisread(t *testing.T) {
	_, rgba := noise(1, 16, 12)
	require.Same(t, rgba, widgets.Direct(rgba))
	require.Nil(t, widgets.Direct(rgba.SubImage(image.Rect(0, 0, 8, 12))), "rows have gaps")
	require.Nil(t, widgets.Direct(rgba.SubImage(image.Rect(0, 4, 16, 12))), "not at the origin")
	require.Nil(t, widgets.Direct(image.NewGray(image.Rect(0, 0, 4, 4))))
	require.Nil(t, widgets.Direct(image.NewRGBA(image.Rectangle{})))
}

func TestJudgedIsTheCentredSquareWhereNoRegionIsSet(t *testing.T) {
	require.Equal(t, inspection.Rectangle{X: 80, Width: 480, Height: 480}, widgets.Judged(inspection.Rectangle{}, image.Pt(640, 480)))
	set := inspection.Rectangle{X: 1, Y: 2, Width: 3, Height: 4}
	require.Equal(t, set, widgets.Judged(set, image.Pt(640, 480)))
}

func TestSignatureKnowsAnotherScene(t *testing.T) {
	whole := inspection.Rectangle{Width: 64, Height: 48}
	gray, rgba := noise(1, 64, 48)
	other, _ := noise(2, 64, 48)
	require.True(t, widgets.Sign(gray, whole).Same(widgets.Sign(gray, whole)))
	require.True(t, widgets.Sign(gray, whole).Same(widgets.Sign(rgba, whole)), "whatever the kind of picture")
	require.False(t, widgets.Sign(gray, whole).Same(widgets.Sign(other, whole)))
	require.False(t, widgets.Signature{}.Same(widgets.Signature{}), "nothing is not the same as nothing")
}

func TestHeatIsClearForASoundPartAndCutToWhatIsSeen(t *testing.T) {
	region := inspection.Rectangle{X: 80, Width: 480, Height: 480}
	img, _ := widgets.Heat(&inspection.Heatmap{Width: 2, Height: 2, Values: []float32{-1, -2, -3, -4}}, region)
	require.Nil(t, img)

	values := make([]float32, 100)
	values[23] = 8 // row 2, column 3
	img, zone := widgets.Heat(&inspection.Heatmap{Width: 10, Height: 10, Values: values}, region)
	require.NotNil(t, img)
	centre := image.Pt(80+480*35/100, 480*25/100)
	require.True(t, centre.In(widgets.Zone(zone)), "%v in %v", centre, zone)
	require.Less(t, zone.Width, 480/3)
	require.NotNil(t, widgets.Direct(img))
	middle := img.RGBAAt(img.Rect.Dx()/2, img.Rect.Dy()/2)
	require.Greater(t, middle.A, uint8(150))
	require.LessOrEqual(t, middle.R, middle.A, "premultiplied")
}

func TestHeatSurvivesBadMaps(t *testing.T) {
	nan := float32(0)
	nan /= nan
	for name, h := range map[string]*inspection.Heatmap{
		"nil": nil, "empty": {}, "too few": {Width: 4, Height: 4, Values: make([]float32, 3)}, "negative": {Width: -1, Height: -1, Values: make([]float32, 1)},
		"not a number": {Width: 1, Height: 1, Values: []float32{nan}},
	} {
		img, _ := widgets.Heat(h, inspection.Rectangle{Width: 10, Height: 10})
		require.Nil(t, img, name)
	}
	img, _ := widgets.Heat(&inspection.Heatmap{Width: 1, Height: 1, Values: []float32{9}}, inspection.Rectangle{Width: 10, Height: 10})
	require.NotEqual(t, color.RGBA{}, img.RGBAAt(0, 0))
}

func BenchmarkReduceGray(b *testing.B) {
	gray, _ := noise(1, 640, 480)
	var dst *image.RGBA
	for b.Loop() {
		dst = widgets.Reduce(dst, gray, gray.Rect, 1)
	}
}
