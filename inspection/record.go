package inspection

import "time"

// Record is one inspected part as the log keeps it. The image is kept beside it
// in the same transaction; ImageSHA256 binds the two.
type Record struct {
	// ID is a ULID: unique, and sorted by time. The log gives it where it is empty.
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
	// Source is the source's specification; Frame its sequence number there; Image the file's name, empty for live pictures.
	Source string `json:"source"`
	Frame  uint64 `json:"frame"`
	Image  string `json:"image,omitempty"`

	Recipe string `json:"recipe,omitempty"`
	Lot    string `json:"lot,omitempty"`
	Serial string `json:"serial,omitempty"`

	Model      ModelRef   `json:"model"`
	Engine     string     `json:"engine"`
	Score      float64    `json:"score"`
	Thresholds Thresholds `json:"thresholds"`
	// LatencyMS is the time from taking the frame over to the verdict, in milliseconds, without the commit.
	LatencyMS float64  `json:"latency_ms"`
	Heatmap   *Heatmap `json:"heatmap,omitempty"`
	Truth     *Truth   `json:"truth,omitempty"`
	// Familiarity is nil where the model cannot tell how like its training pictures this one is.
	Familiarity *Familiarity `json:"familiarity,omitempty"`
	// Outline is the part as it was found in the frame; nil where nothing looked for it or nothing round was found.
	Outline *Outline `json:"outline,omitempty"`

	// Machine, Operator and Supervisor never overwrite one another. The latter two are nil until given; they are
	// read from the review events, the newest of each role winning.
	Machine    Decision  `json:"machine"`
	Operator   *Decision `json:"operator,omitempty"`
	Supervisor *Decision `json:"supervisor,omitempty"`

	// ImageSHA256 is the hex digest of the image bytes, MediaType their type ("image/jpeg", "image/png").
	ImageSHA256 string `json:"image_sha256"`
	MediaType   string `json:"media_type"`
	// Width and Height are the image's size in pixels.
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Final returns the verdict that stands: the supervisor's, else the operator's,
// else the machine's.
func (r Record) Final() Decision {
	if r.Supervisor != nil {
		return *r.Supervisor
	}
	if r.Operator != nil {
		return *r.Operator
	}
	return r.Machine
}

// Reviewed reports whether a person's decision stands on the record. An operator who
// takes a decision back leaves review, and with that none; a supervisor's review is
// one, that the machine is right to leave the part open.
func (r Record) Reviewed() bool {
	return r.Supervisor != nil || r.Operator != nil && r.Operator.Verdict != Review
}
