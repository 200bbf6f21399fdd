package familiarity_test

import (
	"image"
	"math"
	"math/rand/v2"
)

// otherKinds draw pictures of other things; half of them are round, which is the
// harder half.
var otherKinds = []struct {
	name string
	draw func(r *rand.Rand) func(x, y float64) float64 // grey at a point of the unit square
}{
	{"noise", func(r *rand.Rand) func(x, y float64) float64 {
		mean, deviation := 60+130*r.Float64(), 10+50*r.Float64()
		return func(_, _ float64) float64 { return mean + deviation*r.NormFloat64() }
	}},
	{"empty table", func(r *rand.Rand) func(x, y float64) float64 {
		mean, slope, deviation := 60+130*r.Float64(), 80*r.Float64(), 4*r.Float64()
		return func(x, y float64) float64 { return mean + slope*(x+y-1) + deviation*r.NormFloat64() }
	}},
	{"squares", func(r *rand.Rand) func(x, y float64) float64 {
		n, low, high := 2+8*r.Float64(), 100*r.Float64(), 150+100*r.Float64()
		return func(x, y float64) float64 {
			if (int(x*n)+int(y*n))%2 == 0 {
				return low
			}
			return high
		}
	}},
	{"stripes", func(r *rand.Rand) func(x, y float64) float64 {
		n, turn := 2+20*r.Float64(), math.Pi*r.Float64()
		return func(x, y float64) float64 { return 128 + 100*math.Sin(n*6*(x*math.Cos(turn)+y*math.Sin(turn))) }
	}},
	{"clouds", func(r *rand.Rand) func(x, y float64) float64 {
		var a [12][3]float64
		for i := range a {
			a[i] = [3]float64{(2*r.Float64() - 1) * 25, (2*r.Float64() - 1) * 25, 7 * r.Float64()}
		}
		return func(x, y float64) float64 {
			v := 128.0
			for _, w := range a {
				v += 25 * math.Sin(w[0]*x+w[1]*y+w[2])
			}
			return v
		}
	}},
	{"plain disc", func(r *rand.Rand) func(x, y float64) float64 {
		radius, inside, outside := 0.25+0.22*r.Float64(), 255*r.Float64(), 255*r.Float64()
		return func(x, y float64) float64 {
			if math.Hypot(x-0.5, y-0.5) < radius {
				return inside + 3*r.NormFloat64()
			}
			return outside + 3*r.NormFloat64()
		}
	}},
	{"washer", func(r *rand.Rand) func(x, y float64) float64 {
		radius, hole, inside, outside := 0.3+0.17*r.Float64(), 0.2+0.6*r.Float64(), 80+175*r.Float64(), 150*r.Float64()
		return func(x, y float64) float64 {
			if d := math.Hypot(x-0.5, y-0.5); d < radius && d > hole*radius {
				return inside + 4*r.NormFloat64()
			}
			return outside + 4*r.NormFloat64()
		}
	}},
	{"target", func(r *rand.Rand) func(x, y float64) float64 {
		n, radius := 3+6*r.Float64(), 0.3+0.17*r.Float64()
		return func(x, y float64) float64 {
			d := math.Hypot(x-0.5, y-0.5) / radius
			if d > 1 {
				return 128
			}
			return 128 + 90*math.Cos(n*math.Pi*d)
		}
	}},
	{"gear", func(r *rand.Rand) func(x, y float64) float64 {
		teeth, hole, grey := float64(6+r.IntN(20)), 0.1+0.1*r.Float64(), 60+190*r.Float64()
		return func(x, y float64) float64 {
			d, a := math.Hypot(x-0.5, y-0.5), math.Atan2(y-0.5, x-0.5)
			if d < 0.4+0.03*math.Copysign(1, math.Sin(a*teeth)) && d > hole {
				return grey
			}
			return 255 - grey
		}
	}},
	{"wheel", func(r *rand.Rand) func(x, y float64) float64 {
		spokes, hub := float64(3+r.IntN(9)), 0.08+0.1*r.Float64()
		return func(x, y float64) float64 {
			d, a := math.Hypot(x-0.5, y-0.5), math.Atan2(y-0.5, x-0.5)
			if d < 0.45 && (d > 0.36 || d < hub || math.Sin(a*spokes) > 0.6) {
				return 200
			}
			return 60
		}
	}},
	{"balls", func(r *rand.Rand) func(x, y float64) float64 {
		n := 1 + r.IntN(8)
		var b [8][3]float64
		for i := range n {
			b[i] = [3]float64{r.Float64(), r.Float64(), 0.1 + 0.35*r.Float64()}
		}
		return func(x, y float64) float64 {
			v := 90.0
			for _, c := range b[:n] {
				if d := math.Hypot(x-c[0], y-c[1]); d < c[2] {
					v = 230 - 140*d/c[2]
				}
			}
			return v
		}
	}},
}

// other draws picture i of other things.
func other(i int) *image.Gray {
	const side = 200
	r := rand.New(rand.NewPCG(uint64(i), 77))
	at := otherKinds[i%len(otherKinds)].draw(r)
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			img.Pix[y*side+x] = clip(at((float64(x)+0.5)/side, (float64(y)+0.5)/side))
		}
	}
	return img
}

func clip(v float64) uint8 { return uint8(max(0, min(255, math.Round(v)))) }
