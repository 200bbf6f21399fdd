package dataset

import (
	"fmt"
	"image"

	"assay/inspection"
)

// thumbnailSide is the side in pixels of the small pictures that near-duplicates
// are found by, as the published analysis of the casting set has it. They are
// kept at twice that side, so that they can be shifted by fractions of a pixel.
const (
	thumbnailSide = 48
	fineSide      = 2 * thumbnailSide
)

// thumbnail is the gray picture of a region, each pixel the mean of the area it covers.
type thumbnail [fineSide * fineSide]uint8

// newThumbnail averages the region of a picture as Decode returns it; the
// largest centred square where the region is empty. The sums are of integers, so
// that mirrored pictures give mirrored thumbnails exactly. It returns nil for a
// picture of a single value, which looks like everything and nothing.
func newThumbnail(img image.Image, region inspection.Rectangle) (*thumbnail, error) {
	width, height := img.Bounds().Dx(), img.Bounds().Dy()
	r := image.Rect(region.X, region.Y, region.X+region.Width, region.Y+region.Height)
	if region.Empty() {
		side := min(width, height)
		r = image.Rect(0, 0, side, side).Add(image.Pt((width-side)/2, (height-side)/2))
	}
	if r.Empty() || !r.In(image.Rect(0, 0, width, height)) {
		return nil, fmt.Errorf("%w: the region does not lie within its %d×%d pixels", inspection.ErrBadImage, width, height)
	}
	var (
		across, down = coverage(r.Dx()), coverage(r.Dy())
		sums         [fineSide * fineSide]uint64
		line         = make([]uint8, r.Dx())
		row          [fineSide]uint64
	)
	for y := range r.Dy() {
		grayLine(line, img, r.Min.X, r.Min.Y+y)
		clear(row[:])
		for x, v := range line {
			for _, c := range across[x] {
				row[c.target] += c.weight * uint64(v)
			}
		}
		for _, c := range down[y] {
			sum := sums[c.target*fineSide : (c.target+1)*fineSide]
			for x, v := range row {
				sum[x] += c.weight * v
			}
		}
	}
	return meanThumbnail(&sums, uint64(r.Dx())*uint64(r.Dy())), nil
}

func meanThumbnail(sums *[fineSide * fineSide]uint64, area uint64) *thumbnail {
	var t thumbnail
	flat := true
	for i, sum := range sums {
		t[i] = uint8((sum + area/2) / area)
		flat = flat && t[i] == t[0]
	}
	if flat {
		return nil
	}
	return &t
}

// cover is the part of a source pixel that lies in a target pixel, in units of 1/(source × target length).
type cover struct {
	target int
	weight uint64
}

// coverage says for each of n source pixels which target pixels it lies in.
func coverage(n int) [][]cover {
	all := make([][]cover, n)
	for x := range all {
		for start, end := x*fineSide, (x+1)*fineSide; start < end; {
			target := start / n
			next := min((target+1)*n, end)
			all[x] = append(all[x], cover{target, uint64(next - start)})
			start = next
		}
	}
	return all
}

// grayLine writes the luma of ITU-R BT.601 of a row of pixels, rounded to 8 bits, as the preprocessor takes it.
func grayLine(dst []uint8, img image.Image, x, y int) {
	switch src := img.(type) {
	case *image.Gray:
		copy(dst, src.Pix[y*src.Stride+x:])
	case *image.RGBA:
		pixels := src.Pix[y*src.Stride+4*x:]
		for i := range dst {
			p := pixels[4*i : 4*i+3 : 4*i+3]
			dst[i] = uint8((19595*uint32(p[0]) + 38470*uint32(p[1]) + 7471*uint32(p[2]) + 1<<15) >> 16)
		}
	}
}

// half returns the thumbnail at thumbnailSide, 48×48 values row by row.
func (t *thumbnail) half() []float32 {
	out := make([]float32, thumbnailSide*thumbnailSide)
	for y := range thumbnailSide {
		upper, lower := t[2*y*fineSide:], t[(2*y+1)*fineSide:]
		for x := range thumbnailSide {
			sum := int(upper[2*x]) + int(upper[2*x+1]) + int(lower[2*x]) + int(lower[2*x+1])
			out[y*thumbnailSide+x] = float32(sum) / 4
		}
	}
	return out
}

func turnHalf(dst, half []float32, o Orientation) { turnPicture(dst, half, thumbnailSide, o) }

// turnPicture writes a square picture in that orientation.
func turnPicture[T any](dst, src []T, side int, o Orientation) {
	start, right, down := 0, 1, side // where the first pixel comes from, and how far apart its neighbours are there
	if o&transpose != 0 {
		right, down = side, 1
	}
	if o&mirrorX != 0 {
		start, right = start+(side-1)*right, -right
	}
	if o&mirrorY != 0 {
		start, down = start+(side-1)*down, -down
	}
	for y := range side {
		from := start + y*down
		for x := range side {
			dst[y*side+x] = src[from+x*right]
		}
	}
}
