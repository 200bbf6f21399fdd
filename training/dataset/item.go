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
	if gray, ok := img.(*image.Gray); ok && gray.Rect.Min == (image.Point{}) && gray.Stride == gray.Rect.Dx() {
		return gray, nil
	}
	b := img.Bounds()
	rgba := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(rgba, rgba.Rect, img, b.Min, draw.Src)
	return rgba, nil
}
