// Package demo simulates a line: impeller castings that pass under a camera on
// an indexing belt, some of them defective. It needs no hardware, and each
// frame knows its truth, so it serves to show the station, to train the model
// bundled for it and to measure both.
//
// # Basics
//
// The belt moves for 12 frames, then rests for 18 with a part (now and then
// none) in the middle, nominally at 30 frames a second: one part a second. A
// part at rest lies within [Region]. Size, place, tilt and rotation of the
// parts, the direction, strength and gradient of the light, and the sensor's
// noise vary. The empty belt is of an even gray with faint streaks: its
// contrast in Region stays below 0.08 of its mean, that of a part is above 0.25.
//
// Everything follows from the seed: the same seed gives the same frames, bit
// for bit on one kind of processor. [Render] gives the part of any number at
// rest, as the line shows it, so that a training set can be made of it.
//
// # Caveats
//
// The parts are drawn, not photographed. A model that does well here says
// nothing about real castings.
package demo
