package inspection

import "time"

// Heatmap says where the evidence for a defect lies: the class activation map
// of the last one-channel convolution, in rows from the top.
type Heatmap struct {
	Width  int `json:"width"`
	Height int `json:"height"`
	// Values holds Width×Height activations in logit units; above zero speaks for a defect.
	Values []float32 `json:"values"`
	// Region is the rectangle of the frame, in pixels, that the map covers.
	Region Rectangle `json:"region"`
}

// Rectangle is a region of a frame in pixels; X and Y are its top left corner.
type Rectangle struct {
	X      int `json:"x"`
	Y      int `json:"y"`
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Empty reports whether the rectangle has no area; an empty region means the whole frame.
func (r Rectangle) Empty() bool { return r.Width <= 0 || r.Height <= 0 }

// Latency is how long each step of one prediction took.
type Latency struct {
	Preprocess  time.Duration `json:"preprocess"`
	Infer       time.Duration `json:"infer"`
	Postprocess time.Duration `json:"postprocess"`
}

// Total returns the sum of the steps.
func (l Latency) Total() time.Duration { return l.Preprocess + l.Infer + l.Postprocess }

// ModelRef names one model file.
type ModelRef struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
	// SHA256 is the hex digest of the whole ONNX file.
	SHA256 string `json:"sha256"`
}

// Prediction is what a model says of one frame.
type Prediction struct {
	// Score is the probability that the part is defective, 0 to 1.
	Score float64
	// Heatmap is nil where the model has no class activation map.
	Heatmap *Heatmap
	Model   ModelRef
	// Engine names what ran the model: "native" or "opencv".
	Engine  string
	Latency Latency
	// Familiarity says how like the model's training pictures this one is; nil where the model cannot tell.
	Familiarity *Familiarity
	// Outline is the part as the preprocessor found it; nil where the model's input does not ask for it or nothing round
	// was found.
	Outline *Outline
}
