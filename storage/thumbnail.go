package storage

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // images of the log may be PNG

	bolt "go.etcd.io/bbolt"
	"golang.org/x/image/draw"

	"assay/inspection"
)

// ThumbnailSize is the longer side of a thumbnail in pixels.
const ThumbnailSize = 96

// largestThumbnailed bounds the images that are decoded, in pixels.
const largestThumbnailed = 100 << 20

// Thumbnail returns a small JPEG of the record's image, at most ThumbnailSize
// pixels wide and high. It is made at the first call and kept in the index file,
// where it may be lost: it is then made again. An image that cannot be decoded is
// inspection.ErrBadImage. The bytes belong to the caller.
func (l *Log) Thumbnail(id string) ([]byte, error) {
	f, err := l.locate(id)
	if err != nil {
		return nil, err
	}
	var small []byte
	err = l.index.view(func(s *snapshot) error {
		small = bytes.Clone(s.tx.Bucket(bucketThumbs).Get(f.entry.id[:]))
		return nil // one that still waits to be stored is made again
	})
	if err != nil || small != nil {
		return small, err
	}
	data, _, err := l.Image(id)
	if err != nil {
		return nil, err
	}
	if small, err = shrink(data); err != nil {
		return nil, fmt.Errorf("thumbnail of record %s: %w", id, err)
	}
	if !l.options.ReadOnly {
		l.index.keepThumbnail(f.entry.id[:], small)
	}
	return small, nil
}

// shrink makes the thumbnail.
func shrink(data []byte) ([]byte, error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrBadImage, err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > largestThumbnailed/config.Height {
		return nil, fmt.Errorf("%w: %d×%d pixels", inspection.ErrBadImage, config.Width, config.Height)
	}
	full, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrBadImage, err)
	}
	scale := min(1, float64(ThumbnailSize)/float64(max(config.Width, config.Height)))
	small := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(config.Width)*scale)), max(1, int(float64(config.Height)*scale))))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), full, full.Bounds(), draw.Src, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: 80}); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return out.Bytes(), nil
}

// keepThumbnail gathers thumbnails for the next flush of the index.
func (x *index) keepThumbnail(id, small []byte) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if len(x.thumbnails) < chunk {
		x.thumbnails[string(id)] = small
	}
}

// putThumbnails stores them within the transaction.
func putThumbnails(tx *bolt.Tx, thumbnails map[string][]byte) error {
	for id, small := range thumbnails {
		if err := tx.Bucket(bucketThumbs).Put([]byte(id), small); err != nil {
			return err
		}
	}
	return nil
}
