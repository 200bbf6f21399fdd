package station

import (
	"image"
	"time"

	"assay/inspection"
)

// SourceState says how the source of frames is doing.
type SourceState string

// The states of a source.
const (
	// SourceNone means that no source is chosen.
	SourceNone SourceState = "none"
	// SourceOpening means that the source is being opened for the first time.
	SourceOpening SourceState = "opening"
	// SourceLive means that frames arrive.
	SourceLive SourceState = "live"
	// SourceLost means that frames have stopped; the station keeps trying.
	SourceLost SourceState = "lost"
	// SourceEnded means that a folder or a video has been read to its end.
	SourceEnded SourceState = "ended"
	// SourceFailed means that the source cannot be opened and the station has given up.
	SourceFailed SourceState = "failed"
)

// Status is a snapshot of the station, for a header and a banner.
type Status struct {
	Recipe inspection.Recipe
	Model  inspection.ModelRef
	// Engine is "native" or "opencv".
	Engine string
	// Thresholds are those in force: the ones the model was promoted with, else the recipe's, else the model's.
	Thresholds inspection.Thresholds

	// Source is the specification in use, SourceLabel its name for a person.
	Source, SourceLabel string
	SourceState         SourceState
	// SourceSince is when the source entered its state.
	SourceSince time.Time
	// FrameRate is the measured rate in frames a second.
	FrameRate float64

	Trigger  inspection.Trigger
	Lot      string
	Operator string
	Counters Counters
	// Skipped counts pictures that could not be read.
	Skipped int
	// Recent holds the newest records first, at most RecentLength.
	Recent []inspection.Record

	// Fault is a sentence about what stops the station now (what happened, what was kept, what to do); empty where nothing does.
	Fault string
	// Notice holds the sentences that do not stop the station, such as a model that was not trained for the part; empty
	// where there is none.
	Notice string
}

// RecentLength is how many of the newest records Status.Recent keeps.
const RecentLength = 30

// Counters count the machine verdicts since the shift or the lot began.
type Counters struct {
	Pass, Review, Fail int
}

// Total returns the number of parts.
func (c Counters) Total() int { return c.Pass + c.Review + c.Fail }

// Yield returns passed parts as a share of all, 0 to 1; 0 where there are none.
func (c Counters) Yield() float64 {
	if c.Total() == 0 {
		return 0
	}
	return float64(c.Pass) / float64(c.Total())
}

// Judgement is one part's record with the picture it was judged on. It is
// announced after the commit that holds both. Image is shared: read only.
type Judgement struct {
	Record inspection.Record
	Image  image.Image
}

// SourceChoice is one entry of the list of sources.
type SourceChoice struct {
	// Spec is what SelectSource takes: "camera:/dev/video0", "demo", "folder:…", "video:…".
	Spec string
	// Label is its name for a person: "USB camera (video0)".
	Label string
}

// ModelInfo is one registered model.
type ModelInfo struct {
	Ref  inspection.ModelRef
	Card inspection.ModelCard
	// Bytes is the size of the ONNX file.
	Bytes int64
	// Active is true for the promoted version of the name.
	Active bool
	// Bundled is true for a model that came with the program.
	Bundled bool
	// Thresholds are those that the active version was promoted with; nil where none were chosen.
	Thresholds *inspection.Thresholds
}
