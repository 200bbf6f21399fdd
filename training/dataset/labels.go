package dataset

import (
	"slices"
	"strings"
	"unicode"

	"assay/inspection"
)

// The words that give a folder's class away, and those that turn a word around,
// so that "not_ok" or "nok" is never taken for "ok".
var (
	defectiveWords = []string{"def", "ng", "bad", "fail"}
	normalWords    = []string{"ok", "good", "normal", "pass"}
	negations      = []string{"no", "not", "non", "nok", "notok", "without", "free", "abnormal", "unnormal"}
)

// classOf reads a folder's class from its name; ok is false where the name says
// nothing or contradicts itself. Whole words count first ("casting_ok" is
// normal although it contains "ng"), then parts of words.
func classOf(folder string) (class inspection.Class, ok bool) {
	words := strings.FieldsFunc(strings.ToLower(folder), func(r rune) bool { return !unicode.IsLetter(r) })
	if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(negations, w) }) {
		return inspection.Normal, false
	}
	for _, match := range []func(word, key string) bool{startsWith, strings.Contains} {
		defective, normal := anyMatch(words, defectiveWords, match), anyMatch(words, normalWords, match)
		if defective && normal {
			return inspection.Normal, false
		}
		if defective {
			return inspection.Defective, true
		}
		if normal {
			return inspection.Normal, true
		}
	}
	return inspection.Normal, false
}

// startsWith holds the two-letter words to whole words: "ngl…" or "okra" say nothing.
func startsWith(word, key string) bool {
	if len(key) == 2 {
		return word == key
	}
	return strings.HasPrefix(word, key)
}

func anyMatch(words, keys []string, match func(word, key string) bool) bool {
	for _, w := range words {
		for _, k := range keys {
			if match(w, k) {
				return true
			}
		}
	}
	return false
}
