package station

import (
	"slices"
	"strings"
)

// cause says what a notice is about. A later notice of the same cause takes the
// place of the earlier one and leaves those of other causes alone.
type cause int

const (
	causeModel cause = iota
	causeSource
	causePicture
	causes // how many there are
)

// notices are the sentences that do not stop the station.
type notices struct {
	start  []string // each is kept: they come from different parts of the start
	single [causes]string
}

func (n *notices) set(c cause, text string) { n.single[c] = text }

func (n *notices) add(text string) {
	if text != "" && !slices.Contains(n.start, text) {
		n.start = append(n.start, text)
	}
}

// text returns all of them, in the order of their causes.
func (n *notices) text() string {
	all := slices.Concat(n.start, n.single[:])
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), " ")
}

// Notify shows a sentence that does not stop the station, beside the others
// shown so, until the station ends.
func (s *Station) Notify(text string) {
	s.change(func(*Status) { s.notices.add(text) })
}
