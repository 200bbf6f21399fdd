// Package station holds the use cases of one inspection station: the inspection
// loop, recipes and models, review, retraining and promotion. It knows no widget
// and no database call: the window and the command line drive the same code.
//
// # Basics
//
// New wires a Station from its parts; Start begins to inspect what the selected
// source delivers. Everything that happens is announced on a Signal; everything
// that is asked for returns a value or an error that Explain turns into a
// sentence for a person.
//
// # Caveats
//
// Signals are called on the goroutine where the thing happened: a subscriber
// must return at once and hand the value on (a window: through its own queue).
// All methods of Station are safe for concurrent use.
package station
