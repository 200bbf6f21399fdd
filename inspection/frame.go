package inspection

import (
	"image"
	"time"
)

// Class is what a part is: sound or defective. The order is fixed in files and
// tables: normal 0, defective 1.
type Class int

// The two classes.
const (
	Normal Class = iota
	Defective
)

// String returns "normal" or "defective".
func (c Class) String() string {
	if c == Defective {
		return "defective"
	}
	return "normal"
}

// Truth is what is known of a part beforehand: from the simulator or from the
// folder an image lies in.
type Truth struct {
	Class Class `json:"class"`
	// Defect names the kind ("blowhole", "scratch", …); empty for sound parts and where only the class is known.
	Defect string `json:"defect,omitempty"`
	// Part counts the parts of a simulated line from 1; 0 elsewhere. Frames that show the same part share it.
	Part uint64 `json:"part,omitempty"`
}

// Frame is one picture from a source. After it has been handed on nobody may
// change it: frames are shared between goroutines without a lock.
type Frame struct {
	// Sequence counts the frames of one source from 1; gaps are frames that were dropped.
	Sequence uint64
	// Time is when the picture was taken or read.
	Time time.Time
	// Source is the source's specification, such as "camera:0" or "demo".
	Source string
	// Name is the image's path within its folder; empty for live pictures.
	Name string
	// Image is *image.Gray or *image.RGBA with its bounds at the origin and no stride padding.
	Image image.Image
	// Encoded holds the file's own bytes where the picture came from an image file, so that the log can keep
	// exactly what was judged; nil for live pictures.
	Encoded []byte
	// MediaType is the type of Encoded, "image/jpeg" or "image/png"; empty where Encoded is nil.
	MediaType string
	// Truth is what the source knows of the part; nil where it knows nothing.
	Truth *Truth
}
