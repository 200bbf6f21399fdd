package inference

import (
	"fmt"
	"math"
	"sync"
	"time"

	"assay/inference/onnx"
	"assay/inspection"
)

// Predictor judges frames with one model on one engine. Its calls may come from
// several goroutines: they take turns.
type Predictor struct {
	model      *onnx.Model
	preprocess *Preprocessor

	mu     sync.Mutex
	engine Engine // nil once closed
	input  []float32
	output Output
}

// NewPredictor returns a predictor that owns the engine from now on and closes
// it with itself; where it fails, the engine stays the caller's. The engine must
// have been made of m.
func NewPredictor(m *onnx.Model, e Engine) (*Predictor, error) {
	preprocess, err := NewModelPreprocessor(m)
	if err != nil {
		return nil, err
	}
	return &Predictor{model: m, preprocess: preprocess, engine: e, input: make([]float32, preprocess.Size())}, nil
}

// Card returns the model's card.
func (p *Predictor) Card() inspection.ModelCard { return p.model.Card }

// Ref returns what records name the model by.
func (p *Predictor) Ref() inspection.ModelRef { return p.model.Ref() }

// Close closes the engine after a prediction under way has ended. Further calls
// do nothing.
func (p *Predictor) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.engine == nil {
		return nil
	}
	engine := p.engine
	p.engine = nil
	return engine.Close()
}

// Predict judges the region of the frame; an empty region means the largest
// centred square. The heatmap's Region is the one really used, and its values
// are the caller's to keep. Where the input asks for inspection.NormalizationDisc
// the map covers what the input was read from, which may stick out of the frame.
// Familiarity is set where the model carries a description of what it learnt
// from: see inspection.Decide.
//
// It fails with inspection.ErrModelInput where the region does not lie within
// the frame, with inspection.ErrNotFinite where the score or the map is no
// number between 0 and 1 or no number at all, with inspection.ErrClosed after
// Close, and with an error where the engine panics; the frame then has no
// verdict, never a wrong one.
func (p *Predictor) Predict(f inspection.Frame, region inspection.Rectangle) (inspection.Prediction, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.engine == nil {
		return inspection.Prediction{}, fmt.Errorf("predict with model %s: %w", p.model.Card.Name, inspection.ErrClosed)
	}
	start := time.Now()
	region, err := p.preprocess.Floats(f.Image, region, p.input)
	if err != nil {
		return inspection.Prediction{}, fmt.Errorf("predict frame %d of %s: %w", f.Sequence, f.Source, err)
	}
	familiar := p.familiarity()
	prepared := time.Now()
	if err := p.infer(); err != nil {
		return inspection.Prediction{}, fmt.Errorf("predict with model %s on %s: %w", p.model.Card.Name, p.engine.Name(), err)
	}
	inferred := time.Now()
	prediction := inspection.Prediction{
		Score:   float64(p.output.Scores[0]),
		Heatmap: p.heatmap(region),
		Model:   p.model.Ref(),
		Engine:  p.engine.Name(),
	}
	prediction.Familiarity, prediction.Outline = familiar, p.outline()
	prediction.Latency = inspection.Latency{
		Preprocess: prepared.Sub(start), Infer: inferred.Sub(prepared), Postprocess: time.Since(inferred),
	}
	return prediction, nil
}

// familiarity judges the pixels that the last picture was brought to; nil where
// the model cannot.
func (p *Predictor) familiarity() *inspection.Familiarity {
	if p.model.Familiarity == nil {
		return nil
	}
	f := p.model.Familiarity.Judge(p.preprocess.pixels)
	return &f
}

// outline returns where the part was found in the last picture, nil where none
// was.
func (p *Predictor) outline() *inspection.Outline {
	o, found := p.preprocess.Located()
	if !found {
		return nil
	}
	return &o
}

// infer runs the engine on the one picture and checks what it gives.
func (p *Predictor) infer() (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the engine failed: %v", cause)
		}
	}()
	if err := p.engine.Infer(p.input, 1, &p.output); err != nil {
		return err
	}
	o := &p.output
	if len(o.Scores) != 1 || len(o.Maps) != o.MapWidth*o.MapHeight {
		return fmt.Errorf("the engine gave %d scores and %d map values for one picture", len(o.Scores), len(o.Maps))
	}
	if score := o.Scores[0]; !(score >= 0 && score <= 1) { // also refuses NaN
		return fmt.Errorf("score %v: %w", score, inspection.ErrNotFinite)
	}
	for i, v := range o.Maps {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("map value %d is %v: %w", i, v, inspection.ErrNotFinite)
		}
	}
	return nil
}

func (p *Predictor) heatmap(region inspection.Rectangle) *inspection.Heatmap {
	o := &p.output
	if len(o.Maps) == 0 {
		return nil
	}
	return &inspection.Heatmap{
		Width: o.MapWidth, Height: o.MapHeight, Values: append([]float32(nil), o.Maps...), Region: region,
	}
}
