// Package familiarity says how like a model's training pictures a picture is.
//
// A network gives a confident score to anything that it is shown, also to what
// it has never seen. A [Description] is a compact account of what a model was
// trained on; its distance tells pictures of that kind from others, so that
// these go to a person instead.
//
// # Basics
//
// [Fit] describes the training pictures, [Description.Calibrate] sets the limit on pictures
// that were held back. Both take the 8-bit pixels of the model's input, so the
// distance does not depend on the engine or the weights:
//
//	d, err := familiarity.Fit(len(train), pixelsOf(train), spec)
//	…
//	err = d.Calibrate(len(validation), pixelsOf(validation))
//	…
//	f := d.Judge(pixels) // f.Unfamiliar
//
// # How it works
//
// A picture becomes some hundred numbers that neither a turn nor a flip
// changes: the mean and the spread of its pixels on rings round the middle, how
// fast they vary along the rings, the height of its edges, and how often each
// grey occurs. The distance is Mahalanobis' in the leading directions of those
// numbers and the plain one in the rest (probabilistic principal components:
// Tipping and Bishop, 1999). The limit is split-conformal: the quantile of the held-back
// pictures' distances that at most one in a hundred exceeds, times a margin.
//
// # Caveats
//
// It knows how pictures look, not what is on them: a part of another kind that
// looks alike, turned into the same circle and light, may pass for familiar.
package familiarity
