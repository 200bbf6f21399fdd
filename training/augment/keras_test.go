package augment

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// kerasFixture is what testdata/generator.py writes.
type kerasFixture struct {
	Height, Width int
	Image         []int
	Cases         []struct {
		Name       string
		Fill       Fill
		Parameters map[string]float64
		Want       []float64
	}
}

// kerasVariant names Keras' parameters as ours: its tx and zx go along the width.
func kerasVariant(parameters map[string]float64) variant {
	v := unchanged
	for name, value := range parameters {
		switch name {
		case "theta":
			v.placement.angle = value
		case "tx":
			v.placement.shiftX = value
		case "ty":
			v.placement.shiftY = value
		case "shear":
			v.placement.shear = value
		case "zx":
			v.placement.zoomX = value
		case "zy":
			v.placement.zoomY = value
		case "flip_horizontal":
			v.horizontal = value != 0
		case "flip_vertical":
			v.vertical = value != 0
		case "brightness":
			v.brightness = value
		}
	}
	return v
}

// TestKeras holds every geometric augmentation, alone and together, under every
// fill mode, and brightness to what ImageDataGenerator.apply_transform makes.
func TestKeras(t *testing.T) {
	text, err := os.ReadFile("testdata/keras.json")
	require.NoError(t, err)
	var fixture kerasFixture
	require.NoError(t, json.Unmarshal(text, &fixture))
	require.Len(t, fixture.Cases, 40)
	src := make([]uint8, len(fixture.Image))
	for i, v := range fixture.Image {
		src[i] = uint8(v)
	}
	for _, c := range fixture.Cases {
		t.Run(c.Name+" "+string(c.Fill), func(t *testing.T) {
			dst, v := make([]float32, len(src)), kerasVariant(c.Parameters)
			Pipeline{Fill: c.Fill, FillValue: 77}.render(dst, src, plain(fixture.Height, fixture.Width), &v)
			tolerance := 0.02 // coordinates have 16 bits of fraction that count
			if v.brightness != 1 {
				tolerance = 1 // Keras truncates to 8 bits
			}
			for i, want := range c.Want {
				require.InDelta(t, want, dst[i], tolerance, "pixel %d", i)
			}
		})
	}
}
