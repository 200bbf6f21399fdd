//go:build race

package demo

// effort is the share of the work that the race detector, ten times slower, leaves time for.
const effort = 0.1
