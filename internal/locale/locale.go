// Package locale gives the process a language where the system names none.
//
// Fyne reads the locale while it is initialised and complains, on stderr and in
// every command, about "C" and "POSIX", which are no languages. Go initialises
// packages without dependencies in the order of their paths, so importing this
// one is enough to come first.
package locale

import "os"

// fallback is what the program's own texts are written in.
const fallback = "en_US.UTF-8"

func init() {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" && !nameless(value) {
			return
		}
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES"} {
		if nameless(os.Getenv(name)) {
			_ = os.Unsetenv(name) // would hide LANG
		}
	}
	_ = os.Setenv("LANG", fallback)
}

// nameless reports whether the locale names no language.
func nameless(value string) bool {
	switch value {
	case "C", "POSIX", "C.UTF-8", "C.utf8":
		return true
	}
	return false
}
