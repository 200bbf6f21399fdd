package inference

import (
	"fmt"
	"image"

	"assay/inference/onnx"
	"assay/inference/whitening"
	"assay/inspection"
)

// Preprocessor turns pictures into a model's input. It keeps its tables and
// buffers, so that from the second picture of a size on it allocates nothing. It
// serves one caller at a time.
//
// The steps: crop to the region; for one channel take the luma of ITU-R BT.601
// from the 8-bit values, rounded to 8 bits; resize width and height each by a
// triangle filter with half-pixel centres, as wide as one source pixel when
// enlarging and as one target pixel when shrinking (bilinear with
// antialiasing), clipped at the region's border, in fixed point; round to 8 bits;
// multiply by Scale and add Offset in float32; whiten, where the model does. Mirrored pictures give mirrored
// values exactly.
//
// Where the input asks for inspection.NormalizationDisc, the round part in the
// region is found and brought, centred, untilted and not turned, to a circle of
// radius DiscRadius; what lies beyond DiscMargin times its rim, or outside the
// region, is DiscGrey. A slope of the light across the part is taken out, and
// the pixels inside are brought to the mean DiscGrey and the deviation
// DiscDeviation. Mirrored pictures then give mirrored values to within a step,
// and another kind of processor the same values to within a step. Where no part
// is found the whole region is resized as above and brought to that mean and
// deviation.
type Preprocessor struct {
	spec   inspection.InputSpec
	table  [256]float32 // pixel to input value
	pixels []uint8      // one picture, between the two steps of Floats

	resizer resizer
	disc    *disc // nil where the input takes the region as it is

	whitening *whitening.Whitening // nil where the model has none
}

// NewPreprocessor returns a preprocessor for the input of one model. It fails
// with inspection.ErrModelInput unless spec has 1 or 3 channels and a size.
func NewPreprocessor(spec inspection.InputSpec) (*Preprocessor, error) {
	if (spec.Channels != 1 && spec.Channels != 3) || spec.Width < 1 || spec.Height < 1 {
		return nil, fmt.Errorf("%w: %d channels of %d×%d pixels: wants 1 or 3 channels and a size",
			inspection.ErrModelInput, spec.Channels, spec.Width, spec.Height)
	}
	p := &Preprocessor{spec: spec}
	switch spec.Normalization {
	case inspection.NormalizationNone:
	case inspection.NormalizationDisc:
		p.disc = &disc{}
	default:
		return nil, fmt.Errorf("%w: normalisation %q is not known", inspection.ErrModelInput, spec.Normalization)
	}
	for i := range p.table {
		scaled := float32(float32(i) * spec.Scale) // the conversion keeps compilers from fusing the two steps
		p.table[i] = scaled + spec.Offset
	}
	return p, nil
}

// NewModelPreprocessor returns a preprocessor for the model's input, with all
// that the model's file carries for it. It fails as NewPreprocessor does.
func NewModelPreprocessor(m *onnx.Model) (*Preprocessor, error) {
	p, err := NewPreprocessor(m.Card.Input)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", m.Card.Name, err)
	}
	p.whitening = m.Whitening
	return p, nil
}

// Size returns the number of values of one picture: Channels×Height×Width.
func (p *Preprocessor) Size() int { return p.spec.Channels * p.spec.Height * p.spec.Width }

// Floats writes the model's input (C,H,W) for the region of img into dst, whose
// length must be Size. An empty region means the largest centred square. It
// returns the region really used, relative to the picture's top left corner.
//
// It fails with inspection.ErrModelInput where the region does not lie within
// the picture or dst has another length. Fast for *image.Gray, *image.RGBA and
// *image.YCbCr; other pictures work, slowly, and their colours count as they
// look on black.
func (p *Preprocessor) Floats(img image.Image, region inspection.Rectangle, dst []float32) (inspection.Rectangle, error) {
	if len(dst) != p.Size() {
		return region, fmt.Errorf("%w: room for %d values, wants %d", inspection.ErrModelInput, len(dst), p.Size())
	}
	if p.pixels == nil {
		p.pixels = make([]uint8, p.Size())
	}
	region, err := p.Pixels(img, region, p.pixels)
	if err != nil {
		return region, err
	}
	return region, p.Scale(p.pixels, dst)
}

// Scale writes the input values of 8-bit pixels, the second step of Floats with
// the model's whitening, for code that keeps pictures as pixels. dst must be as
// long as pixels, and that Size where the model whitens.
func (p *Preprocessor) Scale(pixels []uint8, dst []float32) error {
	if len(pixels) != len(dst) {
		return fmt.Errorf("%w: %d pixels into %d values", inspection.ErrModelInput, len(pixels), len(dst))
	}
	for i, v := range pixels {
		dst[i] = p.table[v]
	}
	if p.whitening == nil {
		return nil
	}
	if len(dst) != p.Size() {
		return fmt.Errorf("%w: whitens %d values, not %d", inspection.ErrModelInput, p.Size(), len(dst))
	}
	p.whitening.Apply(dst, dst)
	return nil
}

// Pixels is the first step of Floats: 8-bit pixels (C,H,W), before scaling.
func (p *Preprocessor) Pixels(img image.Image, region inspection.Rectangle, dst []uint8) (inspection.Rectangle, error) {
	if len(dst) != p.Size() {
		return region, fmt.Errorf("%w: room for %d pixels, wants %d", inspection.ErrModelInput, len(dst), p.Size())
	}
	region, err := placeRegion(img, region)
	if err != nil {
		return region, err
	}
	if p.disc != nil {
		return p.normalize(img, region, dst), nil
	}
	p.resizer.resize(img, region, p.spec.Channels, p.spec.Width, p.spec.Height, dst)
	return region, nil
}

// placeRegion returns the region, or the largest centred square where it is
// empty; an odd pixel is left at the right or bottom.
func placeRegion(img image.Image, region inspection.Rectangle) (inspection.Rectangle, error) {
	if img == nil {
		return region, fmt.Errorf("%w: no picture", inspection.ErrModelInput)
	}
	width, height := img.Bounds().Dx(), img.Bounds().Dy()
	if width < 1 || height < 1 {
		return region, fmt.Errorf("%w: the picture has %d×%d pixels", inspection.ErrModelInput, width, height)
	}
	if region.Empty() {
		side := min(width, height)
		return inspection.Rectangle{X: (width - side) / 2, Y: (height - side) / 2, Width: side, Height: side}, nil
	}
	r := region
	if r.X < 0 || r.Y < 0 || r.Width > width || r.Height > height || r.X > width-r.Width || r.Y > height-r.Height {
		return region, fmt.Errorf("%w: the region of %d×%d pixels at %d,%d does not lie within the picture of %d×%d",
			inspection.ErrModelInput, r.Width, r.Height, r.X, r.Y, width, height)
	}
	return region, nil
}

// Preprocess is Preprocessor.Floats for a single picture. It sets everything up
// anew each time: keep a Preprocessor for more than a few.
func Preprocess(img image.Image, region inspection.Rectangle, spec inspection.InputSpec, dst []float32) (inspection.Rectangle, error) {
	p, err := NewPreprocessor(spec)
	if err != nil {
		return region, err
	}
	return p.Floats(img, region, dst)
}

// PreprocessPixels is Preprocessor.Pixels for a single picture.
func PreprocessPixels(img image.Image, region inspection.Rectangle, spec inspection.InputSpec, dst []uint8) (inspection.Rectangle, error) {
	p, err := NewPreprocessor(spec)
	if err != nil {
		return region, err
	}
	return p.Pixels(img, region, dst)
}
