package replay

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"assay/inspection"
)

// truthOf returns what the folders on the way to an image say of it: the
// nearest folder that names a class decides. It returns nil where none does.
// dir is the folder that was opened, name the image's path within it.
func truthOf(dir, name string) *inspection.Truth {
	folders := strings.Split(path.Dir(name), "/")
	slices.Reverse(folders)
	for _, folder := range append(folders, filepath.Base(dir)) {
		if class, ok := classOf(folder); ok {
			return &inspection.Truth{Class: class}
		}
	}
	return nil
}

// classOf returns the class a folder's name stands for. The name is read word
// by word, since "ng" lies in "casting" and "ok" in "broken".
func classOf(folder string) (inspection.Class, bool) {
	words := strings.FieldsFunc(strings.ToLower(folder), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, word := range words {
		switch {
		case word == "not", word == "no", word == "non":
			return 0, false // "not ok": better no truth than a wrong one
		case word == "ng", hasPrefix(word, "def", "bad", "fail"):
			return inspection.Defective, true
		case word == "ok", hasPrefix(word, "good", "normal", "pass"):
			return inspection.Normal, true
		}
	}
	return 0, false
}

func hasPrefix(word string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(word, p) })
}
