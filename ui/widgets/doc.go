// Package widgets holds the station's own widgets: verdicts as word, shape and
// colour, pictures with overlays, curves, and Fyne's controls taught to hand on
// the keys that they do not use themselves. Widgets know no station: they show
// what they are given and call back.
//
// All functions belong to the UI goroutine unless their comment says otherwise.
package widgets
