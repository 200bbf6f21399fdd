package station

import (
	"context"
	"fmt"
	"image"

	"assay/inference"
	"assay/inspection"
	"assay/training"
	"assay/training/augment"
	"assay/training/dataset"
)

// Augmentations lists what a training can be asked for, in the order in which a
// window shows it.
func (s *Station) Augmentations() []Augmentation {
	var list []Augmentation
	for _, d := range augment.Catalog() {
		a := Augmentation{Name: d.Name, Label: d.Label, Help: d.Help, Unit: d.Unit}
		if !d.Toggle {
			a.Min, a.Max, a.Default = d.Min, d.Max, d.Default
		}
		list = append(list, a)
	}
	return append(list, Augmentation{Name: "zca", Label: "ZCA whitening", Help: "Neighbouring pixels made independent, as fitted on the training part; not shown in the preview."})
}

// SamplePicture returns an image of a snapshot, whole.
func (s *Station) SamplePicture(ctx context.Context, ref, digest string) (image.Image, error) {
	_, picture, err := s.sample(ctx, ref, digest)
	return picture, err
}

// sample reads one image of a snapshot; digest "" takes some image that is in use.
func (s *Station) sample(ctx context.Context, ref, digest string) (dataset.Item, image.Image, error) {
	item, err := s.sampleItem(ref, digest)
	if err != nil {
		return dataset.Item{}, nil, err
	}
	picture, err := decodeItem(ctx, item)
	return item, picture, err
}

func decodeItem(ctx context.Context, item dataset.Item) (image.Image, error) {
	data, err := item.Read()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", item.Name, err)
	}
	picture, err := dataset.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", item.Name, err)
	}
	return picture, ctx.Err()
}

// PreviewAugmentations shows what a list of augmentations makes of one image of
// a snapshot. The same seed draws the same variants.
func (s *Station) PreviewAugmentations(ctx context.Context, r PreviewRequest) (Preview, error) {
	pipeline, err := augment.Parse(r.Augment)
	if err != nil {
		return Preview{}, err
	}
	item, err := s.sampleItem(r.Snapshot, r.Digest)
	if err != nil {
		return Preview{}, err
	}
	side := r.InputSize
	if side <= 0 {
		side = training.DefaultInput
	}
	spec := inspection.InputSpec{Channels: 1, Height: side, Width: side, Scale: 1, Normalization: r.Normalization}
	pixels, err := inputPixels(ctx, item, spec)
	if err != nil {
		return Preview{}, err
	}
	if pipeline.Look > 0 {
		looks, err := s.looks(ctx, r.Snapshot, spec)
		if err != nil {
			return Preview{}, err
		}
		pipeline = pipeline.WithLooks(looks)
	}
	p := Preview{Name: item.Name, Original: greyImage(pixels, side)}
	for i := range r.Count {
		if ctx.Err() != nil {
			return p, ctx.Err()
		}
		variant := make([]uint8, len(pixels))
		pipeline.Pixels(variant, pixels, spec, augment.Key{Seed: r.Seed, Epoch: 1, Sample: i})
		p.Variants = append(p.Variants, greyImage(variant, side))
	}
	return p, nil
}

// looks returns the looks that a few of the snapshot's samples have at an input.
func (s *Station) looks(ctx context.Context, ref string, spec inspection.InputSpec) (*augment.Looks, error) {
	items, lent, known, err := s.lenders(ref, spec)
	if err != nil || known != nil {
		return known, err
	}
	var pictures [][]uint8
	for _, item := range items {
		pixels, err := inputPixels(ctx, item, spec)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil { // else the others do
			pictures = append(pictures, pixels)
		}
	}
	looks := augment.NewLooks(spec, len(pictures), func(i int) []uint8 { return pictures[i] })
	if len(pictures) > 0 {
		s.album.keepLooks(lent, looks)
	}
	return looks, nil
}

// inputPixels reads an image as the model will see it.
func inputPixels(ctx context.Context, item dataset.Item, spec inspection.InputSpec) ([]uint8, error) {
	picture, err := decodeItem(ctx, item)
	if err != nil {
		return nil, err
	}
	pixels := make([]uint8, spec.Height*spec.Width)
	if _, err := inference.PreprocessPixels(picture, item.Region, spec, pixels); err != nil {
		return nil, fmt.Errorf("preview %s: %w", item.Name, err)
	}
	return pixels, nil
}

func greyImage(pixels []uint8, size int) image.Image {
	return &image.Gray{Pix: pixels, Stride: size, Rect: image.Rect(0, 0, size, size)}
}
