//go:build !race

package demo

// effort is the share of the work that tests do: see race_test.go.
const effort = 1.0
