// Package inference turns a picture into a prediction: it crops, scales and
// resizes the picture, runs a model on an Engine, and returns the score with the
// heatmap.
//
// # Basics
//
// Read a model with onnx.ReadFile, make an engine of it with one of the
// factories (native.New, opencv.New), and give both to NewPredictor. Predict
// then judges one frame after the other:
//
//	model, err := onnx.ReadFile("casting.onnx")
//	…
//	engine, err := native.New(model, inference.EngineOptions{Threads: 2})
//	…
//	predictor, err := inference.NewPredictor(model, engine)
//	…
//	defer predictor.Close()
//	prediction, err := predictor.Predict(frame, recipe.Region)
//
// Code that feeds an engine itself prepares the pictures with Preprocess or a
// Preprocessor. Training uses the very same steps, so a picture has the same
// values there and here, bit for bit, on each machine.
//
// # Views
//
// A model may ask to judge each picture in several of its flips and turns
// (inspection.InputSpec.Views). The factories' engines do so by themselves, by
// InViews: what they are given and what they give is one picture, one score and
// one map all the same. It takes as many times as long.
//
// # Caveats
//
// Pixels are rounded to 8 bits after resizing. That is part of the definition:
// training keeps its pictures so.
//
// An *image.YCbCr is read by its Y plane for one-channel models. The same
// picture converted to RGBA first can differ by one step where it has colour, so
// decode pictures for training and inspection the same way.
//
// A region whose sides differ in proportion from the model's input is squeezed
// to fit: draw regions as squares for square models.
//
// An engine serves one caller at a time. For several, make several.
package inference
