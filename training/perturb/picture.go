package perturb

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"math"
)

// picture is one or three planes of values from 0 to 255.
type picture struct {
	width, height int
	planes        [][]float32
}

func newPicture(img image.Image) picture {
	if gray, ok := withoutColour(img); ok {
		return fromGray(gray)
	}
	bounds := img.Bounds()
	rgba := image.NewRGBA(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
	draw.Draw(rgba, rgba.Bounds(), img, bounds.Min, draw.Src)
	p := picture{bounds.Dx(), bounds.Dy(), [][]float32{nil, nil, nil}}
	for c := range p.planes {
		p.planes[c] = make([]float32, p.width*p.height)
		for i := range p.planes[c] {
			p.planes[c][i] = float32(rgba.Pix[4*i+c])
		}
	}
	return p
}

// withoutColour returns the picture as gray where nothing is lost by it. A gray
// picture is often a JPEG of three channels, two of which say nothing.
func withoutColour(img image.Image) (*image.Gray, bool) {
	switch img := img.(type) {
	case *image.Gray:
		return img, true
	case *image.YCbCr:
		for _, chroma := range [][]uint8{img.Cb, img.Cr} {
			for _, v := range chroma {
				if v != 128 {
					return nil, false
				}
			}
		}
		return &image.Gray{Pix: img.Y, Stride: img.YStride, Rect: img.Rect}, true
	}
	return nil, false
}

func fromGray(img *image.Gray) picture {
	p := picture{img.Rect.Dx(), img.Rect.Dy(), nil}
	plane := make([]float32, p.width*p.height)
	for y := range p.height {
		for x, v := range img.Pix[y*img.Stride:][:p.width] {
			plane[y*p.width+x] = float32(v)
		}
	}
	p.planes = [][]float32{plane}
	return p
}

// image rounds to 8 bits.
func (p picture) image() image.Image {
	if len(p.planes) == 1 {
		out := image.NewGray(image.Rect(0, 0, p.width, p.height))
		for i, v := range p.planes[0] {
			out.Pix[i] = round(v)
		}
		return out
	}
	out := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	for i := range p.width * p.height {
		for c, plane := range p.planes {
			out.Pix[4*i+c] = round(plane[i])
		}
		out.Pix[4*i+3] = 255
	}
	return out
}

func round(v float32) uint8 { return uint8(min(max(v, 0), 255) + 0.5) }

// render makes the picture that the settings ask for. The picture's memory is
// used on the way.
func (s *settings) render(p picture) image.Image {
	if p.width == 0 || p.height == 0 {
		return p.image()
	}
	p = s.place(p)
	s.tone(p)
	if s.blur > 0 {
		p.blur(s.blur * float64(p.width) / 300)
	}
	if s.noise > 0 {
		for _, plane := range p.planes {
			for i, v := range plane {
				plane[i] = v + float32(s.noise*s.grain.NormFloat64())
			}
		}
	}
	if s.quality == 0 {
		return p.image()
	}
	return compress(p.image(), s.quality)
}

// compress writes the picture as JPEG and reads it again.
func compress(img image.Image, quality int) image.Image {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: quality}); err != nil {
		return img // only above 65,535 pixels a side
	}
	decoded, err := jpeg.Decode(&file)
	if err != nil {
		return img // what was just written can be read
	}
	if _, gray := img.(*image.Gray); gray {
		return decoded
	}
	p := newPicture(decoded)
	if len(p.planes) == 1 { // a picture with colour planes keeps them
		p.planes = [][]float32{p.planes[0], p.planes[0], p.planes[0]}
	}
	return p.image()
}

// blur is a sampled Gaussian of sigma pixels, edges repeated.
func (p picture) blur(sigma float64) {
	radius := int(math.Ceil(3 * sigma))
	weights, total := make([]float32, radius+1), 0.0
	for k := -radius; k <= radius; k++ {
		total += math.Exp(-float64(k*k) / (2 * sigma * sigma))
	}
	for k := range weights {
		weights[k] = float32(math.Exp(-float64(k*k)/(2*sigma*sigma)) / total)
	}
	line := make([]float32, max(p.width, p.height)+2*radius)
	for _, plane := range p.planes {
		for y := range p.height {
			blurLine(plane[y*p.width:], 1, p.width, weights, line)
		}
		for x := range p.width {
			blurLine(plane[x:], p.width, p.height, weights, line)
		}
	}
}

// blurLine blurs n values that lie stride apart; line has room for them and the
// kernel's radius on either side.
func blurLine(values []float32, stride, n int, weights, line []float32) {
	radius := len(weights) - 1
	for i := range n + 2*radius {
		line[i] = values[min(max(i-radius, 0), n-1)*stride]
	}
	for i := range n {
		at := i + radius
		sum := weights[0] * line[at]
		for k := 1; k <= radius; k++ {
			sum += weights[k] * (line[at-k] + line[at+k])
		}
		values[i*stride] = sum
	}
}
