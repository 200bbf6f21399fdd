// Package dataset reads images and their labels for training and evaluation:
// from class folders, from snapshots (versioned lists of content digests, labels
// and parts), or from any list of items such as reviewed records. It finds exact
// and near duplicates, divides a set so that none stand on both sides, keeps the
// test part locked and counts its uses, and decodes images once to the model's
// input size as 8-bit pixels.
package dataset

import (
	"image"
	"image/draw"
	_ "image/jpeg" // decoders
	_ "image/png"

	"bytes"
	"fmt"
	"os"

	"assay/inspection"
)

// Content returns the encoded image, held to the item's digest where it has one:
// where the image has changed or vanished since, the error wraps
// inspection.ErrBadDataset.
func (i Item) Content() ([]byte, error) {
	data, err := i.Read()
	switch {
	case i.Digest == "":
		return data, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", changedError([]string{i.Name}, 1), err)
	case digestOf(data) != i.Digest:
		return nil, changedError([]string{i.Name}, 1)
	}
	return data, nil
}

// maxFile bounds what is read of one file: more than any picture within maxPixels takes.
const maxFile = 1 << 30

// readFile returns the bytes of an image's file. What is no file, such as a pipe
// that nobody ever writes to, fails at once.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path) //nolint:gosec // the station reads the folders it is told to read
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is no file", inspection.ErrBadImage, path)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%w: %s has %d MB, more than any picture", inspection.ErrBadImage, path, info.Size()>>20)
	}
	return os.ReadFile(path) //nolint:gosec // as above
}

// maxPixels bounds what one damaged or hostile header can make us allocate.
const maxPixels = 100 << 20

// Item is one labelled image that has not been read yet.
type Item struct {
	// Name identifies the image to a person: its path below the data set's folder, or a record's ID.
	Name  string
	Class inspection.Class
	// Region is the part of the image that is judged; empty for the largest centred square.
	Region inspection.Rectangle
	// Read returns the encoded image (JPEG or PNG). It may be called from several goroutines.
	Read func() ([]byte, error)

	// Digest is the hex SHA-256 of the encoded image, where it is known: Load then refuses an image whose content has
	// changed since.
	Digest string
	// Part is the part that the image belongs to; empty where the set is not divided yet.
	Part Part
	// Group names the near-duplicates that the image belongs to, where they were searched for.
	Group string
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

// CountItems returns the number of normal and of defective items.
func CountItems(items []Item) (normal, defective int) {
	for _, item := range items {
		if item.Class == inspection.Defective {
			defective++
		}
	}
	return len(items) - defective, defective
}
