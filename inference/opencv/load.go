package opencv

import (
	"errors"
	"fmt"
	"image"

	"assay/inference"
	"assay/inference/onnx"
	"assay/inspection"
)

// Load tries a model from outside: our own reader must accept the file, OpenCV
// must load what that reader understood, and one black picture must give a score
// and a map of finite numbers. It returns nil where the model can be used, and
// inspection.ErrBadModel with a sentence where it cannot.
//
// Call it in a child process: where OpenCV throws, the process ends. The caller
// takes that for a refusal.
func Load(data []byte) (err error) {
	m, err := onnx.Decode(data)
	if err != nil {
		return err
	}
	engine, err := New(m, inference.EngineOptions{Threads: 1})
	if err != nil {
		return err
	}
	predictor, err := inference.NewPredictor(m, engine)
	if err != nil {
		return errors.Join(err, engine.Close())
	}
	defer func() { err = errors.Join(err, predictor.Close()) }()
	in := m.Card.Input
	frame := inspection.Frame{Image: image.NewGray(image.Rect(0, 0, in.Width, in.Height))}
	whole := inspection.Rectangle{Width: in.Width, Height: in.Height}
	if _, err := predictor.Predict(frame, whole); err != nil {
		return fmt.Errorf("%w: a trial run failed: %w", inspection.ErrBadModel, err)
	}
	return nil
}
