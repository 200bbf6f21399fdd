package dataset

import (
	"fmt"
	"image"

	"assay/inspection"
)

// preprocess stands in for inference.Preprocess until that exists.
var preprocess = func(img image.Image, region inspection.Rectangle, spec inspection.InputSpec, dst []float32) (inspection.Rectangle, error) {
	if region.Empty() {
		b := img.Bounds()
		side := min(b.Dx(), b.Dy())
		region = inspection.Rectangle{X: (b.Dx() - side) / 2, Y: (b.Dy() - side) / 2, Width: side, Height: side}
	}
	if spec.Channels != 1 {
		return region, fmt.Errorf("%w: %d channels", inspection.ErrModelInput, spec.Channels)
	}
	for y := range spec.Height {
		y0, y1 := region.Y+y*region.Height/spec.Height, region.Y+(y+1)*region.Height/spec.Height
		for x := range spec.Width {
			x0, x1 := region.X+x*region.Width/spec.Width, region.X+(x+1)*region.Width/spec.Width
			var sum, count uint32
			for v := y0; v < max(y1, y0+1); v++ {
				for u := x0; u < max(x1, x0+1); u++ {
					r, g, b, _ := img.At(u, v).RGBA()
					sum += (299*(r>>8) + 587*(g>>8) + 114*(b>>8)) / 1000
					count++
				}
			}
			dst[y*spec.Width+x] = float32((sum+count/2)/count)*spec.Scale + spec.Offset
		}
	}
	return region, nil
}
