package opencv

import (
	"fmt"
	"image"

	"gocv.io/x/gocv"
)

// converter turns OpenCV's pictures into Go's. It keeps its buffers from one
// picture to the next and must be closed. Not safe for concurrent use.
type converter struct {
	raw, rgba gocv.Mat
}

func newConverter() *converter {
	return &converter{raw: gocv.NewMat(), rgba: gocv.NewMat()}
}

// image returns a fresh picture with the contents of c.raw. The picture is new
// each time, since frames are shared and may live on anywhere.
func (c *converter) image() (*image.RGBA, error) {
	code := gocv.ColorBGRToRGBA
	switch c.raw.Channels() {
	case 1:
		code = gocv.ColorGrayToBGRA // the same in either order
	case 4:
		code = gocv.ColorBGRAToRGBA
	}
	if c.raw.Type()&7 != gocv.MatTypeCV8U {
		return nil, fmt.Errorf("picture has element type %d, want 8 bits a channel", c.raw.Type())
	}
	gocv.CvtColor(c.raw, &c.rgba, code)
	data, err := c.rgba.DataPtrUint8()
	if err != nil {
		return nil, fmt.Errorf("convert picture: %w", err)
	}
	img := image.NewRGBA(image.Rect(0, 0, c.rgba.Cols(), c.rgba.Rows()))
	copy(img.Pix, data)
	return img, nil
}

func (c *converter) close() {
	_ = c.raw.Close()
	_ = c.rgba.Close()
}
