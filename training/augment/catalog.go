package augment

// Description is one augmentation as a window shows it.
type Description struct {
	// Name is the word that Parse reads.
	Name string
	// Label and Help are for people: a few words, and a sentence.
	Label, Help string
	// Unit of the strength: "°", "px" (of an image 300 wide), "steps" (of 8 bits), or "%" where the value is a
	// fraction and 0.15 shows as 15 %.
	Unit string
	// Min, Max and Default are strengths; above Min is on.
	Min, Max, Default float64
	// Toggle says that there is no strength, only on and off.
	Toggle bool
}

// operation is one augmentation and where a pipeline keeps it.
type operation struct {
	Description
	flag     func(*Pipeline) *bool
	strength func(*Pipeline) *float64
}

// operations in the order in which Names lists them.
var operations = []operation{
	{Description: Description{Name: "hflip", Label: "Flip left–right", Help: "Half of the images are mirrored."},
		flag: func(p *Pipeline) *bool { return &p.HorizontalFlip }},
	{Description: Description{Name: "vflip", Label: "Flip top–bottom", Help: "Half of the images stand on their head, mirrored."},
		flag: func(p *Pipeline) *bool { return &p.VerticalFlip }},
	{Description: Description{Name: "quarter", Label: "Quarter turns", Help: "Turned by 0, 90, 180 or 270 degrees, without loss."},
		flag: func(p *Pipeline) *bool { return &p.QuarterTurns }},
	{Description: Description{Name: "rotate", Label: "Rotate", Unit: "°", Max: 180, Default: 180,
		Help: "Turned about the centre by up to this angle, either way."},
		strength: func(p *Pipeline) *float64 { return &p.Rotation }},
	{Description: Description{Name: "zoom", Label: "Zoom", Unit: "%", Max: 0.5, Default: 0.15,
		Help: "Width and height each stretched or squeezed by up to this."},
		strength: func(p *Pipeline) *float64 { return &p.Zoom }},
	{Description: Description{Name: "shear", Label: "Shear", Unit: "°", Max: 45, Default: 10,
		Help: "Slanted by up to this angle, either way."},
		strength: func(p *Pipeline) *float64 { return &p.Shear }},
	{Description: Description{Name: "shift", Label: "Shift", Unit: "%", Max: 0.5, Default: 0.05,
		Help: "Moved by up to this part of the width and height."},
		strength: func(p *Pipeline) *float64 { return &p.Shift }},
	{Description: Description{Name: "tilt", Label: "Camera tilt", Unit: "°", Max: 45, Default: 15,
		Help: "Seen from the side by up to this angle."},
		strength: func(p *Pipeline) *float64 { return &p.Tilt }},
	{Description: Description{Name: "brightness", Label: "Brightness", Unit: "%", Max: 0.9, Default: 0.25,
		Help: "Brighter or darker by up to this."},
		strength: func(p *Pipeline) *float64 { return &p.Brightness }},
	{Description: Description{Name: "contrast", Label: "Contrast", Unit: "%", Max: 0.9, Default: 0.25,
		Help: "More or less contrast about the image's mean."},
		strength: func(p *Pipeline) *float64 { return &p.Contrast }},
	{Description: Description{Name: "light", Label: "Uneven light", Unit: "%", Max: 0.9, Default: 0.3,
		Help: "Lit from one side, or a soft bright or dark spot."},
		strength: func(p *Pipeline) *float64 { return &p.Light }},
	{Description: Description{Name: "gamma", Label: "Gamma", Unit: "%", Max: 1, Default: 0.3,
		Help: "Mid-tones lifted or lowered, black and white kept."},
		strength: func(p *Pipeline) *float64 { return &p.Gamma }},
	{Description: Description{Name: "blur", Label: "Blur", Unit: "px", Max: 3, Default: 1.5,
		Help: "Half of the images out of focus by up to this."},
		strength: func(p *Pipeline) *float64 { return &p.Blur }},
	{Description: Description{Name: "noise", Label: "Noise", Unit: "steps", Max: 30, Default: 5,
		Help: "Grain of up to this deviation in steps of 8 bits."},
		strength: func(p *Pipeline) *float64 { return &p.Noise }},
	{Description: Description{Name: "background", Label: "Replace background", Unit: "%", Max: 1, Default: 1,
		Help: "Outside the part's disc another grey, ramp or texture."},
		strength: func(p *Pipeline) *float64 { return &p.Background }},
	{Description: Description{Name: "steps", Label: "Ring profile", Unit: "%", Max: 0.9, Default: 0.25,
		Help: "Rings about the centre brighter or darker, as on other variants of the part."},
		strength: func(p *Pipeline) *float64 { return &p.Steps }},
	{Description: Description{Name: "look", Label: "Other looks", Unit: "%", Max: 1, Default: 0.6,
		Help: "This share gets rings, surface and light of another sample; what stands out stays."},
		strength: func(p *Pipeline) *float64 { return &p.Look }},
}

// Catalog lists the augmentations in the order in which Names writes them. The
// caller owns the slice. Fill modes and whitening are not among them: they draw
// nothing.
func Catalog() []Description {
	list := make([]Description, len(operations))
	for i, o := range operations {
		list[i] = o.Description
		list[i].Toggle = o.flag != nil
	}
	return list
}
