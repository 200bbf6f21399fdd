package demo

// Size of a frame in pixels, and the frames a second it is meant for.
const (
	Width       = 640
	Height      = 480
	NominalRate = 30
)

// beltLength is after how many pixels the belt's pattern repeats.
const beltLength = 1024

// belt is the pattern of the belt, in rows of beltLength.
type belt struct{ gray []uint8 }

func newBelt(seed uint64, t *texture) *belt {
	r := stream(seed, forBelt, 0)
	b := &belt{gray: make([]uint8, beltLength*Height)}
	streak := 0.0
	for y := range Height {
		streak = 0.85*streak + r.between(-0.9, 0.9)
		for x := range beltLength {
			weave := 1.2 * float64((x/3+y/3)%2)
			fleck := 3 * t.at(x, y)
			b.gray[y*beltLength+x] = level(134 + streak + weave + fleck)
		}
	}
	return b
}

// rails are the edges of the belt: they stand still.
var rails = func() (rows [Height]uint8) {
	for y := range rows {
		edge := min(y, Height-1-y)
		switch {
		case edge < 5:
			rows[y] = 112
		case edge < 7:
			rows[y] = 84
		}
	}
	return rows
}()

// row writes row y of the belt moved by shift pixels to the right.
func (b *belt) row(dst []uint8, y, shift int) {
	if rails[y] != 0 {
		for x := range dst {
			dst[x] = rails[y]
		}
		return
	}
	row := b.gray[y*beltLength : (y+1)*beltLength]
	at := ((-shift)%beltLength + beltLength) % beltLength
	n := copy(dst, row[at:])
	copy(dst[n:], row)
}

// tint gives a gray level the sensor's faint colour.
var tint = func() (colours [256][4]uint8) {
	for i := range colours {
		colours[i] = [4]uint8{uint8(i), uint8(i), uint8(i - i*3/255), 255}
	}
	return colours
}()
