package presence

import (
	"image"
	"math"

	"assay/inspection"
)

// The picture is looked at as side × side cells, each the mean of samples ×
// samples pixels: enough to see a part move by a few pixels, and to average
// most of the noise away.
const (
	side    = 48
	samples = 3
	cells   = side * side
	taps    = side * samples
)

// nominal is the mean that cells are scaled to, so that a change of the light
// is no change of the picture.
const nominal = 128

// thumbnail is a small picture of the region, scaled to the mean nominal.
type thumbnail struct {
	cells    [cells]float32
	contrast float64 // standard deviation as a share of the mean
}

// shrink fills t from the region of img and reports whether it could: the
// region must lie in a picture of a known kind. An empty region means the
// largest centred square.
func (t *thumbnail) shrink(img image.Image, region inspection.Rectangle) bool {
	if img == nil {
		return false
	}
	bounds := img.Bounds()
	area := within(bounds, region)
	if area.Empty() {
		return false
	}
	// Pixels are read from one channel: green carries most of the brightness.
	switch img := img.(type) {
	case *image.Gray:
		t.sample(img.Pix, img.PixOffset(area.Min.X, area.Min.Y), img.Stride, 1, area)
	case *image.RGBA:
		t.sample(img.Pix, img.PixOffset(area.Min.X, area.Min.Y)+1, img.Stride, 4, area)
	default:
		return false
	}
	t.normalize()
	return true
}

func within(bounds image.Rectangle, region inspection.Rectangle) image.Rectangle {
	if !region.Empty() {
		return image.Rect(region.X, region.Y, region.X+region.Width, region.Y+region.Height).Intersect(bounds)
	}
	n := min(bounds.Dx(), bounds.Dy())
	x, y := bounds.Min.X+(bounds.Dx()-n)/2, bounds.Min.Y+(bounds.Dy()-n)/2
	return image.Rect(x, y, x+n, y+n)
}

// sample sums the pixels of each cell. from is the offset of area's first
// pixel, step the distance from one pixel to the next.
func (t *thumbnail) sample(pixels []uint8, from, stride, step int, area image.Rectangle) {
	t.cells = [cells]float32{}
	var columns [taps]int
	for i := range columns {
		columns[i] = (2*i + 1) * area.Dx() / (2 * taps) * step
	}
	for j := range taps {
		row := pixels[from+(2*j+1)*area.Dy()/(2*taps)*stride:]
		line := t.cells[j/samples*side:][:side]
		for i, at := range columns {
			line[i/samples] += float32(row[at])
		}
	}
}

// normalize scales the cells to the nominal mean and measures the contrast.
func (t *thumbnail) normalize() {
	sum, squares := 0.0, 0.0
	for _, c := range t.cells {
		sum += float64(c)
		squares += float64(c) * float64(c)
	}
	mean := max(sum/cells, 1) // a black picture has no contrast
	t.contrast = math.Sqrt(max(squares/cells-mean*mean, 0)) / mean
	scale := float32(nominal / mean)
	for i := range t.cells {
		t.cells[i] *= scale
	}
}

// changed returns the share of cells that differ between two thumbnails by
// clearly more than the noise, which is taken from the median difference.
func changed(a, b *thumbnail) float64 {
	const scale = 4 // bins to a gray level
	var histogram [64 * scale]int
	for i := range a.cells {
		d := abs(a.cells[i]-b.cells[i]) * scale
		histogram[min(int(d), len(histogram)-1)]++
	}
	const (
		least    = 5  // gray levels that are a change even without noise
		most     = 16 // and that are one however noisy the picture
		overflow = 6  // times the median
	)
	limit := min(max(overflow*(median(histogram[:])+1), least*scale), most*scale)
	count := 0
	for _, n := range histogram[limit:] {
		count += n
	}
	return float64(count) / cells
}

// median returns the bin in which half of the cells are reached.
func median(histogram []int) int {
	seen := 0
	for bin, n := range histogram {
		seen += n
		if 2*seen >= cells {
			return bin
		}
	}
	return len(histogram) - 1
}

func abs(v float32) float32 { return max(v, -v) }
