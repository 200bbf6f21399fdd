package station

import (
	"fmt"
	"strconv"
	"strings"
)

// ModelNameError is returned where a text can be no model's name: the caller
// must write it differently. Its words are a sentence for a person.
type ModelNameError struct {
	// Text is what was given, Want what is wanted.
	Text, Want string
}

// Error returns both in words.
func (e ModelNameError) Error() string { return fmt.Sprintf("model %q: want %s", e.Text, e.Want) }

// ParseModelName splits "name@2" into name and version; the version is 0 where
// none is given. It fails with a ModelNameError.
func ParseModelName(text string) (name string, version int, err error) {
	name, number, found := strings.Cut(text, "@")
	if found {
		version, err = strconv.Atoi(number)
	}
	if err != nil || found && version < 1 {
		return "", 0, ModelNameError{text, "a name or name@version, versions counting from 1"}
	}
	return name, version, CheckModelName(name)
}

// CheckModelName returns a ModelNameError unless the name can be a folder on any
// system.
func CheckModelName(name string) error {
	ok := name != "" && len(name) <= 64 && !strings.ContainsFunc(name, func(c rune) bool {
		return c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
	if !ok {
		return ModelNameError{name, "1 to 64 letters, digits, - or _"}
	}
	return nil
}

// CheckModel returns a ModelNameError unless MODEL on a command line can name a
// model: a file's name always can.
func CheckModel(model string) error {
	if isModelFile(model) {
		return nil
	}
	_, _, err := ParseModelName(model)
	return err
}
