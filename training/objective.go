package training

import (
	"fmt"
	"strconv"
	"strings"

	"assay/inspection"
)

// ClassWeights say how much an image of each class counts in the loss, as Keras'
// class_weight does. The zero value counts all alike.
type ClassWeights struct {
	// Balanced weighs each class by the images of the set over twice its own, so that both count equally.
	Balanced bool `json:"balanced,omitempty"`
	// Normal and Defective are the factors where Balanced is not set; both 0 means 1 each.
	Normal    float64 `json:"normal,omitempty"`
	Defective float64 `json:"defective,omitempty"`
}

// maxClassWeight bounds a factor that someone types.
const maxClassWeight = 1000

// ParseClassWeights reads "none" (or nothing), "balanced", or two factors, the
// normal class's first: "1,2.5".
func ParseClassWeights(text string) (ClassWeights, error) {
	switch text {
	case "", "none":
		return ClassWeights{}, nil
	case "balanced":
		return ClassWeights{Balanced: true}, nil
	}
	first, second, ok := strings.Cut(text, ",")
	normal, err1 := strconv.ParseFloat(strings.TrimSpace(first), 64)
	defective, err2 := strconv.ParseFloat(strings.TrimSpace(second), 64)
	w := ClassWeights{Normal: normal, Defective: defective}
	if !ok || err1 != nil || err2 != nil || w.validate() != nil || w == (ClassWeights{}) {
		return ClassWeights{}, fmt.Errorf("class weights %q: want none, balanced, or two factors above 0 such as 1,2.5 (normal, defective)", text)
	}
	return w, nil
}

func (w ClassWeights) validate() error {
	if w.Normal == 0 && w.Defective == 0 {
		return nil
	}
	for _, v := range []float64{w.Normal, w.Defective} {
		if !(v > 0 && v <= maxClassWeight) { // also refuses NaN
			return fmt.Errorf("class weight %g: want one above 0 and up to %d", v, maxClassWeight)
		}
	}
	return nil
}

// factors returns the weight of each class in a set of so many; nil where all
// count alike.
func (w ClassWeights) factors(normal, defective int) *[2]float32 {
	switch {
	case w.Balanced && normal > 0 && defective > 0:
		n := float64(normal + defective)
		return &[2]float32{float32(n / float64(2*normal)), float32(n / float64(2*defective))}
	case w.Normal > 0 && w.Defective > 0:
		return &[2]float32{float32(w.Normal), float32(w.Defective)}
	}
	return nil
}

// smoothed returns the label of a class: 0 or 1, drawn half of smoothing towards
// one half on each side, as Keras' label_smoothing has it.
func smoothed(class inspection.Class, smoothing float64) float32 {
	y := 0.0
	if class == inspection.Defective {
		y = 1
	}
	return float32(y*(1-smoothing) + 0.5*smoothing)
}
