package capture

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is the kind of a source.
type Kind string

// The four kinds of source.
const (
	Camera Kind = "camera"
	Video  Kind = "video"
	Folder Kind = "folder"
	Demo   Kind = "demo"
)

// Spec names one source. The zero value names none.
type Spec struct {
	Kind Kind
	// Value is what Kind needs: a camera's number, device path or ID, a file, a folder, or a seed (empty for the default).
	Value string
}

const specForms = `want "camera:N" or "camera:/dev/…", "video:FILE", "folder:DIR", "demo" or "demo:SEED"`

// ParseSpec reads a source's specification as the command line takes it. Its
// error names the accepted forms.
func ParseSpec(text string) (Spec, error) {
	kind, value, found := strings.Cut(text, ":")
	s := Spec{Kind: Kind(kind), Value: value}
	switch s.Kind {
	case Demo:
		if !found {
			return s, nil
		}
		if _, err := strconv.ParseUint(value, 10, 64); err != nil {
			return Spec{}, fmt.Errorf("source %q: the demo line's seed is a whole number from 0: %s", text, specForms)
		}
		return s, nil
	case Camera, Video, Folder:
		if value == "" {
			return Spec{}, fmt.Errorf("source %q says no %s: %s", text, missingPart(s.Kind), specForms)
		}
		return s, nil
	}
	return Spec{}, fmt.Errorf("source %q is of no known kind: %s", text, specForms)
}

func missingPart(k Kind) string {
	switch k {
	case Camera:
		return "camera number or device"
	case Video:
		return "video file"
	}
	return "folder"
}

// String returns the form that ParseSpec reads.
func (s Spec) String() string {
	if s.Value == "" {
		return string(s.Kind)
	}
	return string(s.Kind) + ":" + s.Value
}
