package widgets

import (
	"image"
	"math"

	"assay/inspection"
)

const (
	// heatSide is how wide a heatmap is drawn before the graphics card scales it.
	heatSide = 192
	// heatFloor, in logit units, is the activation that is drawn at full strength at least: the faint
	// activations of a sound part must not be blown up to look like a defect.
	heatFloor = 4
	// heatFaintest is the least opacity, of 255, that anybody sees.
	heatFaintest = 4
)

// Heat returns a heatmap in colour and where it lies in the frame: clear where
// nothing speaks for a defect, then orange, then light yellow where most does. It
// is cut down to what is not clear, and nil where all is, where there are no
// values or where their number does not fit the map's size. region is what an
// empty Heatmap.Region stands for. Where the part was found in the frame the map
// lies on it and ends softly at its rim; outline is nil where it was not. Any
// goroutine may call it.
func Heat(h *inspection.Heatmap, outline *inspection.Outline, region inspection.Rectangle) (*image.RGBA, inspection.Rectangle) {
	if h == nil || h.Width <= 0 || h.Height <= 0 || len(h.Values) != h.Width*h.Height {
		return nil, inspection.Rectangle{}
	}
	if !h.Region.Empty() {
		region = h.Region
	}
	full, seen := paintHeat(h, newHeatDisc(outline, h.Region), region)
	if seen.Empty() {
		return nil, inspection.Rectangle{}
	}
	return Reduce(nil, full, seen, 1), inspection.Rectangle{
		X: region.X + seen.Min.X*region.Width/heatSide, Y: region.Y + seen.Min.Y*region.Height/heatSide,
		Width: seen.Dx() * region.Width / heatSide, Height: seen.Dy() * region.Height / heatSide}
}

// paintHeat draws the whole map over the region of the frame and returns the
// rectangle that is not clear. disc is nil where the map lies on the whole region.
func paintHeat(h *inspection.Heatmap, disc *heatDisc, region inspection.Rectangle) (img *image.RGBA, seen image.Rectangle) {
	peak := heatPeak(h, disc)
	img = image.NewRGBA(image.Rect(0, 0, heatSide, heatSide))
	for y := range heatSide {
		for x := range heatSide {
			u, v, strength := (float64(x)+0.5)/heatSide, (float64(y)+0.5)/heatSide, 1.0
			if disc != nil {
				u, v, strength = disc.place(float64(region.X)+u*float64(region.Width), float64(region.Y)+v*float64(region.Height))
			}
			if strength == 0 {
				continue
			}
			value := sample(h, float32(u)*float32(h.Width)-0.5, float32(v)*float32(h.Height)-0.5)
			if !(value > 0) { // also skips NaN
				continue
			}
			i := img.PixOffset(x, y)
			for k, c := range heatColors[int(min(1, value/peak)*255)] {
				img.Pix[i+k] = uint8(float64(c)*strength + 0.5)
			}
			if img.Pix[i+3] >= heatFaintest {
				seen = seen.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return img, seen
}

// heatPeak is the activation that is drawn at full strength: the largest that is
// drawn at all.
func heatPeak(h *inspection.Heatmap, disc *heatDisc) float32 {
	peak := float32(heatFloor)
	for i, v := range h.Values {
		if !(v > peak) || math.IsInf(float64(v), 0) {
			continue
		}
		u, w := (float64(i%h.Width)+0.5)/float64(h.Width), (float64(i/h.Width)+0.5)/float64(h.Height)
		if disc == nil || disc.reaches(u, w) {
			peak = v
		}
	}
	return peak
}

// sample interpolates between the four values around a point, edges repeated.
func sample(h *inspection.Heatmap, x, y float32) float32 {
	x = max(0, min(float32(h.Width-1), x))
	y = max(0, min(float32(h.Height-1), y))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, h.Width-1), min(y0+1, h.Height-1)
	fx, fy := x-float32(x0), y-float32(y0)
	at := func(x, y int) float32 { return h.Values[y*h.Width+x] }
	top := at(x0, y0)*(1-fx) + at(x1, y0)*fx
	bottom := at(x0, y1)*(1-fx) + at(x1, y1)*fx
	return top*(1-fy) + bottom*fy
}

// heatColors are premultiplied by their alpha, as the graphics card wants them.
var heatColors = func() (table [256][4]uint8) {
	stops := []struct{ at, r, g, b, a float64 }{
		{0, 200, 60, 0, 0}, {0.15, 230, 80, 0, 0.18}, {0.5, 255, 110, 0, 0.55}, {1, 255, 236, 110, 0.82},
	}
	for i := range table {
		t := float64(i) / 255
		k := 1
		for stops[k].at < t {
			k++
		}
		from, to := stops[k-1], stops[k]
		f := (t - from.at) / (to.at - from.at)
		mix := func(a, b float64) float64 { return a + (b-a)*f }
		a := mix(from.a, to.a)
		table[i] = [4]uint8{uint8(mix(from.r, to.r) * a), uint8(mix(from.g, to.g) * a), uint8(mix(from.b, to.b) * a), uint8(255 * a)}
	}
	return table
}()
