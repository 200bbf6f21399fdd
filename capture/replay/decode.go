package replay

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	_ "image/jpeg" // registers the decoder
	_ "image/png"  // registers the decoder

	_ "golang.org/x/image/bmp" // registers the decoder

	"assay/inspection"
)

// mostPixels bounds what one file can make us allocate: 400 MB as RGBA.
const mostPixels = 100_000_000

// decode returns the picture in data as *image.Gray where the file is gray, as
// *image.RGBA otherwise, with its bounds at the origin; and its format, which
// need not be what the file's name says.
func decode(data []byte) (img image.Image, format string, err error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", inspection.ErrBadImage, err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > mostPixels/config.Height {
		return nil, "", fmt.Errorf("%w: %d×%d pixels are out of range", inspection.ErrBadImage, config.Width, config.Height)
	}
	img, format, err = image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", inspection.ErrBadImage, err)
	}
	return canonical(img), format, nil
}

// canonical converts to the two types that frames may hold.
func canonical(img image.Image) image.Image {
	bounds := image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy())
	switch src := img.(type) {
	case *image.Gray:
		if src.Rect == bounds && src.Stride == bounds.Dx() {
			return src
		}
		return redrawn(image.NewGray(bounds), img)
	case *image.Gray16:
		return redrawn(image.NewGray(bounds), img)
	case *image.RGBA:
		if src.Rect == bounds && src.Stride == 4*bounds.Dx() {
			return src
		}
	}
	return redrawn(image.NewRGBA(bounds), img)
}

func redrawn(dst draw.Image, src image.Image) image.Image {
	draw.Draw(dst, dst.Bounds(), src, src.Bounds().Min, draw.Src)
	return dst
}
