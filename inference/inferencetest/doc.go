// Package inferencetest holds engines to their promises: a conformance suite
// that each engine passes, and a plain forward pass in float64 to compare with,
// of one view or of several.
package inferencetest
