package augment

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for list, want := range map[string]Pipeline{
		"":                                 {},
		" , ":                              {},
		" hflip, vflip,quarter,rotate=15 ": {HorizontalFlip: true, VerticalFlip: true, QuarterTurns: true, Rotation: 15},
		"rotate,zoom":                      {Rotation: 180, Zoom: 0.15},
		"shear=5,shift=0.1,tilt=20":        {Shear: 5, Shift: 0.1, Tilt: 20},
		"brightness=0":                     {},
		"zca":                              {Whitening: true},
		"zca=32,zca-epsilon=1e-3":          {Whitening: true, WhiteningComponents: 32, WhiteningEpsilon: 1e-3},
		"fill=constant,fill-value=128":     {Fill: FillConstant, FillValue: 128},
		"steps,disc=0.8":                   {Steps: 0.25, Disc: 0.8},
		"rotate=3,rotate=4":                {Rotation: 4},
	} {
		p, err := Parse(list)
		require.NoError(t, err, list)
		require.Equal(t, want, p, list)
		require.NoError(t, p.Validate(), list)
	}
}

func TestString(t *testing.T) {
	require.Nil(t, Pipeline{}.Names())
	require.Equal(t, "hflip,rotate=15,zoom=0.125,fill=wrap,zca,zca-epsilon=1e-06",
		Pipeline{HorizontalFlip: true, Rotation: 15, Zoom: 0.125, Fill: FillWrap, Whitening: true, WhiteningEpsilon: 1e-6}.String())
}

func TestParseRefuses(t *testing.T) {
	for _, list := range []string{"mirror", "hflip,zom", "Hflip"} {
		_, err := Parse(list)
		require.ErrorContains(t, err, "there are hflip, vflip, quarter, rotate, zoom", list)
	}
	for _, list := range []string{
		"rotate=", "rotate=-3", "rotate=181", "rotate=NaN", "rotate=x", "hflip=2", "zoom=0.6", "blur=Inf",
		"fill", "fill=mirror", "fill-value=1.5", "fill-value=256", "zca=0", "zca=1.5", "zca=9999", "zca-epsilon", "disc=3",
	} {
		_, err := Parse(list)
		require.Error(t, err, list)
	}
}

func TestValidate(t *testing.T) {
	require.NoError(t, Pipeline{Rotation: 180, Fill: FillWrap}.Validate())
	for _, p := range []Pipeline{
		{Rotation: math.NaN()}, {Rotation: 181}, {Blur: -1}, {Fill: "mirror"}, {Disc: -1}, {WhiteningComponents: 3},
		{Whitening: true, WhiteningComponents: -1}, {WhiteningEpsilon: math.Inf(1)},
	} {
		require.Error(t, p.Validate(), "%+v", p)
	}
}

// TestCatalog: each entry parses by its name to its default, which lies in range.
func TestCatalog(t *testing.T) {
	for i, d := range Catalog() {
		p, err := Parse(d.Name)
		require.NoError(t, err)
		require.True(t, p.Draws(), d.Name)
		require.NotEmpty(t, d.Label)
		require.NotEmpty(t, d.Help)
		o := operations[i]
		if d.Toggle {
			require.True(t, *o.flag(&p))
			continue
		}
		require.NotEmpty(t, d.Unit)
		require.InDelta(t, d.Default, *o.strength(&p), 0)
		require.True(t, d.Min < d.Default && d.Default <= d.Max, d.Name)
	}
	require.False(t, Pipeline{Whitening: true, Fill: FillWrap, Disc: 1, FillValue: 3}.Draws())
}

// FuzzParse: what parses is valid and survives being written and read again.
func FuzzParse(f *testing.F) {
	f.Add("")
	f.Add("hflip,vflip,rotate=30,zoom=0.2,zca")
	f.Add("zca=12,zca-epsilon=1e-7,fill=reflect,fill-value=3,disc=1,rotate=-0")
	f.Add(strings.Join(words(), ","))
	f.Fuzz(func(t *testing.T, list string) {
		p, err := Parse(list)
		if err != nil {
			return
		}
		require.NoError(t, p.Validate())
		again, err := Parse(p.String())
		require.NoError(t, err)
		require.Equal(t, p, again)
	})
}
