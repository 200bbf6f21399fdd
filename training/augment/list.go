package augment

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Words of the list that draw nothing.
const (
	nameFill      = "fill"
	nameFillValue = "fill-value"
	nameDisc      = "disc"
	nameWhitening = "zca"
	nameEpsilon   = "zca-epsilon"
)

const (
	maxComponents = 4096
	maxEpsilon    = 1e6
)

var fills = []Fill{FillNearest, FillConstant, FillReflect, FillWrap}

// Parse reads a list such as "hflip,quarter,rotate=15,zoom,fill=reflect,zca=64":
// names of the Catalog, each with a strength or without for its default, besides
//
//	fill=nearest|constant|reflect|wrap   what lies outside the image
//	fill-value=0…255                     the grey of fill=constant
//	disc=0.95                            the part's radius, see Pipeline.Disc
//	zca[=components]                     whitening
//	zca-epsilon=1e-6                     its epsilon
//
// An empty list is no augmentation. Strength 0 is off. The error names what exists.
func Parse(list string) (Pipeline, error) {
	var p Pipeline
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		name, value, valued := strings.Cut(word, "=")
		if err := p.set(name, value, valued); err != nil {
			return Pipeline{}, fmt.Errorf("augmentation %q: %w", word, err)
		}
	}
	return p, nil
}

// set takes one word of the list.
func (p *Pipeline) set(name, value string, valued bool) error {
	switch name {
	case nameFill, nameFillValue, nameDisc, nameWhitening, nameEpsilon:
		return p.setOption(name, value, valued)
	}
	i := slices.IndexFunc(operations, func(o operation) bool { return o.Name == name })
	if i < 0 {
		return fmt.Errorf("it does not exist; there are %s", strings.Join(words(), ", "))
	}
	o := operations[i]
	if o.flag != nil {
		if valued {
			return fmt.Errorf("it is on or off and takes no value")
		}
		*o.flag(p) = true
		return nil
	}
	strength := o.Default
	if valued {
		var err error
		if strength, err = number(value, 0, o.Max); err != nil {
			return err
		}
	}
	*o.strength(p) = strength
	return nil
}

func (p *Pipeline) setOption(name, value string, valued bool) error {
	if !valued && name != nameWhitening {
		return fmt.Errorf("it needs a value")
	}
	var err error
	var v float64
	switch name {
	case nameFill:
		p.Fill = Fill(value)
		return p.validateFill()
	case nameFillValue:
		if v, err = whole(value, 0, 255); err == nil {
			p.FillValue = uint8(v)
		}
	case nameDisc:
		p.Disc, err = number(value, 0, 2)
	case nameWhitening:
		p.Whitening = true
		if valued {
			v, err = whole(value, 1, maxComponents)
			p.WhiteningComponents = int(v)
		}
	case nameEpsilon:
		p.WhiteningEpsilon, err = number(value, 0, maxEpsilon)
	}
	return err
}

// number reads a value from low to high.
func number(text string, low, high float64) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= low && v <= high) { // also refuses NaN
		return 0, fmt.Errorf("want a number from %g to %g", low, high)
	}
	return v + 0, nil // no negative zero
}

func whole(text string, low, high float64) (float64, error) {
	v, err := number(text, low, high)
	if err != nil || v != math.Trunc(v) {
		return 0, fmt.Errorf("want a whole number from %g to %g", low, high)
	}
	return v, nil
}

// words lists all names that Parse knows.
func words() []string {
	var all []string
	for _, o := range operations {
		all = append(all, o.Name)
	}
	return append(all, nameFill, nameFillValue, nameDisc, nameWhitening, nameEpsilon)
}

// Names lists what is on as Parse reads it, in a fixed order; nil for nothing.
func (p Pipeline) Names() []string {
	var names []string
	valued := func(name string, value float64) {
		if value != 0 {
			names = append(names, name+"="+strconv.FormatFloat(value, 'g', -1, 64))
		}
	}
	for _, o := range operations {
		if o.strength != nil {
			valued(o.Name, *o.strength(&p))
		} else if *o.flag(&p) {
			names = append(names, o.Name)
		}
	}
	if p.Fill != "" {
		names = append(names, nameFill+"="+string(p.Fill))
	}
	valued(nameFillValue, float64(p.FillValue))
	valued(nameDisc, p.Disc)
	if p.Whitening && p.WhiteningComponents == 0 {
		names = append(names, nameWhitening)
	} else if p.Whitening {
		valued(nameWhitening, float64(p.WhiteningComponents))
	}
	valued(nameEpsilon, p.WhiteningEpsilon)
	return names
}

// String returns the list as Parse reads it; empty for nothing. Parse(p.String())
// gives p again for every valid p.
func (p Pipeline) String() string { return strings.Join(p.Names(), ",") }

// Validate returns an error for a strength outside its range (see Catalog), a
// fill mode that does not exist, or options of whitening without whitening.
func (p Pipeline) Validate() error {
	for _, o := range operations {
		if o.strength == nil {
			continue
		}
		if v := *o.strength(&p); !(v >= 0 && v <= o.Max) { // also refuses NaN
			return fmt.Errorf("augmentation %s=%g: want 0 to %g", o.Name, v, o.Max)
		}
	}
	if err := p.validateFill(); err != nil {
		return err
	}
	if !(p.Disc >= 0 && p.Disc <= 2) {
		return fmt.Errorf("disc of %g half sides: want 0 to 2", p.Disc)
	}
	if p.WhiteningComponents < 0 || p.WhiteningComponents > maxComponents {
		return fmt.Errorf("whitening by %d components: want 1 to %d, or 0 for the default", p.WhiteningComponents, maxComponents)
	}
	if !p.Whitening && p.WhiteningComponents != 0 {
		return fmt.Errorf("whitening has components but is not switched on")
	}
	if !(p.WhiteningEpsilon >= 0 && p.WhiteningEpsilon <= maxEpsilon) {
		return fmt.Errorf("whitening with epsilon %g: want 0 to %g", p.WhiteningEpsilon, maxEpsilon)
	}
	return nil
}

func (p Pipeline) validateFill() error {
	if p.Fill != "" && !slices.Contains(fills, p.Fill) {
		return fmt.Errorf("fill mode %q: want %s, %s, %s or %s", p.Fill, FillNearest, FillConstant, FillReflect, FillWrap)
	}
	return nil
}
