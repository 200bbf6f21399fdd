// Package dataset reads images and their labels for training and evaluation:
// from class folders, or from any list of items such as reviewed records. It
// decodes them to the model's input size once, keeps them as 8-bit pixels, takes
// the set's fingerprint and splits it into training and validation parts.
package dataset

import (
	"image"
	"image/draw"
	_ "image/jpeg" // decoders
	_ "image/png"

	"bytes"
	"fmt"

	"assay/inspection"
)

// maxPixels bounds what one damaged or hostile header can make us allocate.
const maxPixels = 100 << 20

// Item is one labelled image that has not been read yet.
type Item struct {
	// Name identifies the image to a person: its path below the data set's folder, or a record's ID.
	Name  string
	Class inspection.Class
	// Region is the part of the image that is judged; empty for the largest centred square.
	Region inspection.Rectangle
	// Read returns the encoded image (JPEG or PNG). It may be called from several goroutines, once an item.
	Read func() ([]byte, error)
}

// Decode returns the image as *image.Gray or *image.RGBA with its bounds at the
// origin, as every source of frames does. Errors wrap inspection.ErrBadImage.
func Decode(data []byte) (image.Image, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrBadImage, err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > maxPixels/config.Height {
		return nil, fmt.Errorf("%w: %d×%d pixels", inspection.ErrBadImage, config.Width, config.Height)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrBadImage, err)
	}
	return canonical(img), nil
}

// canonical converts to the two types that frames hold, as the replay of image
// folders does, so that a file has the same pixels here and there.
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
	}
	return redrawn(image.NewRGBA(bounds), img)
}

func redrawn(dst draw.Image, src image.Image) image.Image {
	draw.Draw(dst, dst.Bounds(), src, src.Bounds().Min, draw.Src)
	return dst
}
