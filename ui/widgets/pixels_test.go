package widgets_test

import (
	"image"
	"image/color"
	"math"
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
	img, _ := widgets.Heat(&inspection.Heatmap{Width: 2, Height: 2, Values: []float32{-1, -2, -3, -4}}, nil, region)
	require.Nil(t, img)

	values := make([]float32, 100)
	values[23] = 8 // row 2, column 3
	img, zone := widgets.Heat(&inspection.Heatmap{Width: 10, Height: 10, Values: values}, nil, region)
	require.NotNil(t, img)
	centre := image.Pt(80+480*35/100, 480*25/100)
	require.True(t, centre.In(widgets.Zone(zone)), "%v in %v", centre, zone)
	require.Less(t, zone.Width, 480/3)
	require.NotNil(t, widgets.Direct(img))
	middle := img.RGBAAt(img.Rect.Dx()/2, img.Rect.Dy()/2)
	require.Greater(t, middle.A, uint8(150))
	require.LessOrEqual(t, middle.R, middle.A, "premultiplied")
}

// hot is a map that speaks for a defect everywhere.
func hot(side int, region inspection.Rectangle) *inspection.Heatmap {
	h := &inspection.Heatmap{Width: side, Height: side, Values: make([]float32, side*side), Region: region}
	for i := range h.Values {
		h.Values[i] = 6
	}
	return h
}

func TestHeatEndsSoftlyAtTheRim(t *testing.T) {
	region := inspection.Rectangle{X: 100, Y: 50, Width: 400, Height: 400}
	outline := &inspection.Outline{X: 300, Y: 250, Major: 176, Minor: 176} // 0.44 of the region's side, as a model's input has it
	img, zone := widgets.Heat(hot(10, region), outline, region)
	alpha := func(radius, angle float64) uint8 {
		sin, cos := math.Sincos(angle)
		x, y := outline.X+radius*outline.Major*cos, outline.Y+radius*outline.Major*sin
		px, py := int((x-float64(zone.X))*float64(img.Rect.Dx())/float64(zone.Width)), int((y-float64(zone.Y))*float64(img.Rect.Dy())/float64(zone.Height))
		return img.RGBAAt(px, py).A
	}
	for angle := 0.0; angle < 2*math.Pi; angle += 0.3 {
		require.Greater(t, alpha(0.9, angle), uint8(200), "within the part")
		require.Greater(t, alpha(0.9, angle), alpha(1.04, angle))
		require.Greater(t, alpha(1.04, angle), alpha(1.09, angle), "it fades")
		require.Zero(t, alpha(1.15, angle), "outside the part")
	}
	at := img.RGBAAt(img.Rect.Dx()/2, 1)
	require.LessOrEqual(t, at.R, at.A, "premultiplied")
	whole, _ := widgets.Heat(hot(10, region), nil, region)
	require.Greater(t, whole.RGBAAt(0, 0).A, uint8(200), "without an outline the map fills its region")
}

func TestHeatLiesOnAPartSeenFromAslant(t *testing.T) {
	const side = 50
	outline := &inspection.Outline{X: 300, Y: 250, Major: 200, Minor: 120, Angle: math.Pi / 4}
	// the region that the input covers: what its horizontal and vertical through the centre do
	half := (outline.Major + outline.Minor) / 2 / 0.88
	region := inspection.Rectangle{X: int(300 - half), Y: int(250 - half), Width: int(2 * half), Height: int(2 * half)}
	h := &inspection.Heatmap{Width: side, Height: side, Values: make([]float32, side*side), Region: region}
	// a spot on the disc, at 0.7 of the radius along the direction of the major axis
	diagonal := 0.7 * math.Sqrt(0.5)
	at := int((0.5 + 0.44*diagonal) * side)
	h.Values[at*side+at] = 9
	_, zone := widgets.Heat(h, outline, region)
	spot := image.Pt(300+int(200*diagonal), 250+int(200*diagonal))
	middle := image.Pt(zone.X+zone.Width/2, zone.Y+zone.Height/2)
	require.InDelta(t, spot.X, middle.X, 6)
	require.InDelta(t, spot.Y, middle.Y, 6)
}

func TestHeatIsNotDimmedByWhatLiesOutside(t *testing.T) {
	region := inspection.Rectangle{Width: 400, Height: 400}
	outline := &inspection.Outline{X: 200, Y: 200, Major: 176, Minor: 176}
	h := hot(10, region)
	h.Values[0] = 1000 // a corner, which is no part of the disc
	img, _ := widgets.Heat(h, outline, region)
	require.Greater(t, img.RGBAAt(img.Rect.Dx()/2, img.Rect.Dy()/2).A, uint8(200))
}

func TestHeatSurvivesBadMaps(t *testing.T) {
	nan := float32(0)
	nan /= nan
	for name, h := range map[string]*inspection.Heatmap{
		"nil": nil, "empty": {}, "too few": {Width: 4, Height: 4, Values: make([]float32, 3)}, "negative": {Width: -1, Height: -1, Values: make([]float32, 1)},
		"not a number": {Width: 1, Height: 1, Values: []float32{nan}},
	} {
		img, _ := widgets.Heat(h, nil, inspection.Rectangle{Width: 10, Height: 10})
		require.Nil(t, img, name)
	}
	for _, o := range []inspection.Outline{{}, {X: math.NaN(), Major: 3, Minor: 2}, {Major: math.Inf(1), Minor: 1}} {
		require.NotPanics(t, func() { widgets.Heat(hot(4, inspection.Rectangle{Width: 10, Height: 10}), &o, inspection.Rectangle{}) })
	}
	img, _ := widgets.Heat(&inspection.Heatmap{Width: 1, Height: 1, Values: []float32{9}}, nil, inspection.Rectangle{Width: 10, Height: 10})
	require.NotEqual(t, color.RGBA{}, img.RGBAAt(0, 0))
}

func BenchmarkReduceGray(b *testing.B) {
	gray, _ := noise(1, 640, 480)
	var dst *image.RGBA
	for b.Loop() {
		dst = widgets.Reduce(dst, gray, gray.Rect, 1)
	}
}
