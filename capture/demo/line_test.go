package demo

import (
	"image"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/inspection"
)

func TestSameSeedSameFrames(t *testing.T) {
	a, b, other := newLine(11), newLine(11), newLine(12)
	for i := range int(3 * cycle * effort) {
		p, truth := a.next()
		q, truth2 := b.next()
		require.Equal(t, truth, truth2)
		require.True(t, samePixels(p, q), "frame %d", i)
		r, _ := other.next()
		require.False(t, samePixels(p, r), "frame %d", i)
	}
}

func samePixels(a, b *image.RGBA) bool { return string(a.Pix) == string(b.Pix) }

// A frame must not depend on how much of a part was drawn ahead of time.
func TestPartDrawnInPiecesIsTheSame(t *testing.T) {
	l := newLine(3)
	for number := uint64(1); number < 2+uint64(20*effort); number++ {
		once, bits := newSprite(newPart(3, number), l.texture), newSprite(newPart(3, number), l.texture)
		once.draw(spriteSize)
		for bits.rows < spriteSize {
			bits.draw(7)
		}
		require.Equal(t, once.light, bits.light)
		require.Equal(t, once.through, bits.through)
	}
}

// Parts come in order, and each rests in the middle for restFrames frames.
func TestRhythm(t *testing.T) {
	const places = 40
	l := newLine(2)
	resting := map[uint64]int{}
	last := uint64(0)
	for i := range uint64(places * cycle) {
		_, truth := l.advance()
		if truth == nil {
			continue
		}
		require.True(t, truth.Part == last || truth.Part == last+1, "part %d after %d", truth.Part, last)
		last = truth.Part
		if AtRest(i + 1) {
			resting[truth.Part]++
		}
	}
	require.Greater(t, last, uint64(places*3/4))
	require.Less(t, last, uint64(places), "no place was left empty")
	for part, frames := range resting {
		if part < last {
			require.Equal(t, restFrames+1, frames, "part %d", part)
		}
	}
}

// What Render shows is the part of that number of the line, at rest.
func TestRenderShowsThePartOfTheLine(t *testing.T) {
	const seed = 6
	l := newLine(seed)
	for i := range uint64(6 * cycle) {
		scene, truth := l.advance()
		if truth == nil || i%cycle != cycle-1 {
			continue
		}
		img := l.render(scene)
		rendered, what := Render(seed, truth.Part)
		require.Equal(t, *truth, what)
		another, _ := Render(seed, truth.Part+1)
		require.Less(t, 2*difference(img, rendered), difference(img, another), "part %d", truth.Part)
	}
}

// difference returns how much two pictures differ, apart from their brightness,
// in the ring of the flange.
func difference(a, b *image.RGBA) float64 {
	var sum, squares, n float64
	for y := range Height {
		for x := range Width {
			if r := math.Hypot(float64(x-Width/2), float64(y-Height/2)); r < 60 || r > 180 {
				continue
			}
			i := a.PixOffset(x, y)
			d := float64(a.Pix[i]) - float64(b.Pix[i])
			sum, squares, n = sum+d, squares+d*d, n+1
		}
	}
	return squares/n - sum/n*sum/n
}

func TestRenderRepeats(t *testing.T) {
	a, truth := Render(1, 4)
	b, truth2 := NewStudio(1).Render(4)
	require.Equal(t, truth, truth2)
	require.True(t, samePixels(a, b))
}

// About 30 % of the parts are defective, and every kind of defect occurs about as often.
func TestMixOfParts(t *testing.T) {
	const parts = 20_000
	kinds := map[string]int{}
	for number := range uint64(parts) {
		truth := truthOf(1, number)
		require.Equal(t, truth.Class == inspection.Defective, truth.Defect != "")
		kinds[truth.Defect]++
	}
	require.InDelta(t, 1-DefectiveShare, float64(kinds[""])/parts, 0.015)
	for _, kind := range Defects {
		require.InDelta(t, DefectiveShare/float64(len(Defects)), float64(kinds[kind])/parts, 0.01, kind)
	}
}

// A defect must be visible: it changes an area worth a few pixels of a small
// model input by clearly more than noise and light do.
func TestDefectsAreVisible(t *testing.T) {
	l := newLine(5)
	for number := uint64(1); number < 10+uint64(300*effort); number++ {
		p := newPart(5, number)
		if p.truth.Class == inspection.Normal {
			continue
		}
		flawed := newSprite(p, l.texture)
		flawed.draw(spriteSize)
		sound := newPart(5, number)
		sound.truth = inspection.Truth{}
		clean := newSprite(sound, l.texture)
		clean.draw(spriteSize)
		require.Greater(t, visible(flawed, clean), 180, "part %d: %s", number, p.truth.Defect)
	}
}

// visible returns in how many pixels two sprites differ clearly on the belt.
func visible(a, b *sprite) (pixels int) {
	on := func(s *sprite, i int) int { return 134*int(s.through[i])/255 + int(s.light[i]) }
	for i := range a.light {
		if d := on(a, i) - on(b, i); d > 35 || d < -35 {
			pixels++
		}
	}
	return pixels
}

func TestContrastTellsPartFromBelt(t *testing.T) {
	l := newLine(8)
	empty, part := 0, 0
	for i := range uint64(30 * cycle) {
		scene, truth := l.advance()
		if i%cycle != cycle-1 {
			continue
		}
		img := l.render(scene)
		if truth == nil {
			require.Less(t, contrast(img), 0.08)
			empty++
			continue
		}
		require.Greater(t, contrast(img), 0.25)
		part++
	}
	require.Positive(t, empty)
	require.Positive(t, part)
}

// contrast averages over 4×4 pixels first, as an eye does that looks at parts and not at noise.
func contrast(img *image.RGBA) float64 {
	var sum, squares, n float64
	for y := Region.Y; y < Region.Y+Region.Height; y += 4 {
		for x := Region.X; x < Region.X+Region.Width; x += 4 {
			v := 0.0
			for j := range 16 {
				v += float64(img.Pix[img.PixOffset(x+j%4, y+j/4)])
			}
			sum, squares, n = sum+v, squares+v*v, n+1
		}
	}
	mean := sum / n
	return math.Sqrt(squares/n-mean*mean) / mean
}
