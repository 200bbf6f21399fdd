// Package presence notices, from the pictures alone, when a part has come to
// rest under the camera: the trigger of a station without a light barrier.
//
// # Basics
//
// A [Detector] is shown every frame and returns true once for each part: when
// something that stands out from the belt has lain still for a few frames. It
// is ready for the next part as soon as anything moves, so it serves a belt, a
// hand that lays parts down, and a camera that is shown one still after
// another alike.
//
// # Caveats
//
// A belt that is itself rich in contrast must be shown empty once
// ([Detector.Learn]); otherwise it is taken for a part. A part so like the one
// before, and in the same place, that nothing was seen to change in between is
// not told from it. A part that is touched where it lies is judged again.
package presence
