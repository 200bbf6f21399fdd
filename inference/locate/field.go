package locate

import "math"

// field holds the gradient of a picture, each vector shortened to between 0
// and 1: length/(length+noise). Vectors point to the lighter side.
type field struct {
	width, height int
	gx, gy        []float32
	strength      []float32 // length of the vector, 0 to 1
	smooth, row   []float32
	histogram     [1024]int
}

// noiseFloor is the least gradient, in grey levels a pixel, that counts for half.
const noiseFloor = 0.6

// set computes the field of a picture of width×height pixels.
func (f *field) set(pixels []uint8, width, height int) {
	f.width, f.height = width, height
	n := width * height
	f.gx, f.gy, f.strength, f.smooth = room(f.gx, n), room(f.gy, n), room(f.strength, n), room(f.smooth, n)
	f.row = room(f.row, n)
	f.blur(pixels)
	f.differentiate()
	noise := max(noiseFloor, 1.5*f.median())
	for i, m := range f.strength {
		scale := 1 / (m + noise)
		f.gx[i] *= scale
		f.gy[i] *= scale
		f.strength[i] = m * scale
	}
}

func room(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

// blur smooths by the binomial 1 2 1 in both directions, the border repeated.
func (f *field) blur(pixels []uint8) {
	w, h := f.width, f.height
	for y := range h {
		in, out := pixels[y*w:][:w], f.row[y*w:][:w]
		for x := range out {
			left, right := in[max(x-1, 0)], in[min(x+1, w-1)]
			out[x] = float32(int(left)+2*int(in[x])+int(right)) * 0.25
		}
	}
	for y := range h {
		above, here, below := f.row[max(y-1, 0)*w:][:w], f.row[y*w:][:w], f.row[min(y+1, h-1)*w:][:w]
		out := f.smooth[y*w:][:w]
		for x := range out {
			out[x] = ((above[x] + below[x]) + 2*here[x]) * 0.25
		}
	}
}

// differentiate takes central differences; the outermost pixels have none.
func (f *field) differentiate() {
	w, h := f.width, f.height
	clear(f.gx)
	clear(f.gy)
	clear(f.strength)
	for y := 1; y < h-1; y++ {
		for x := 1; x < w-1; x++ {
			i := y*w + x
			dx, dy := (f.smooth[i+1]-f.smooth[i-1])*0.5, (f.smooth[i+w]-f.smooth[i-w])*0.5
			f.gx[i], f.gy[i] = dx, dy
			f.strength[i] = float32(math.Sqrt(float64(dx*dx + dy*dy)))
		}
	}
}

// median returns the median gradient in grey levels a pixel.
func (f *field) median() float32 {
	clear(f.histogram[:])
	for _, m := range f.strength {
		f.histogram[min(int(m*16), len(f.histogram)-1)]++
	}
	half := len(f.strength) / 2
	for i, count := range f.histogram {
		if half -= count; half < 0 {
			return (float32(i) + 0.5) / 16
		}
	}
	return 0
}

// along returns the field at a point, projected on the unit vector (nx,ny), and
// whether the point lies in the picture. Pixel centres lie at the halves.
func (f *field) along(x, y, nx, ny float32) (float32, bool) {
	x, y = x-0.5, y-0.5
	if !(x >= 1 && y >= 1 && x < float32(f.width-2) && y < float32(f.height-2)) {
		return 0, false
	}
	ix, iy := int(x), int(y)
	fx, fy := x-float32(ix), y-float32(iy)
	i := iy*f.width + ix
	j := i + f.width
	top, bottom := (1-fx)*(1-fy), (1-fx)*fy
	right, corner := fx*(1-fy), fx*fy
	gx := (top*f.gx[i] + right*f.gx[i+1]) + (bottom*f.gx[j] + corner*f.gx[j+1])
	gy := (top*f.gy[i] + right*f.gy[i+1]) + (bottom*f.gy[j] + corner*f.gy[j+1])
	return gx*nx + gy*ny, true
}
