package station

import (
	"time"

	"assay/inspection"
)

// ShadowStatus says how a candidate does that judges live parts silently beside
// the model in use. Its verdicts are never shown as verdicts and never kept in
// the log's records.
type ShadowStatus struct {
	// Model is the candidate; its name is empty while no shadow runs. What follows stays until the next one starts.
	Model inspection.ModelRef
	Since time.Time
	// Judged counts parts that both have judged, Skipped those that the shadow was too slow for.
	Judged, Skipped int
	// Disagreements holds the newest parts on which the verdicts differ first, at most ShadowLength; Disagreed counts all.
	Disagreed     int
	Disagreements []ShadowDisagreement
	// Problem is a sentence where the shadow had to stop; the line goes on.
	Problem string
	// Notice is a sentence where the shadow ended by itself with nothing wrong: its model judges the line now.
	Notice string
}

// ShadowLength is how many disagreements a ShadowStatus keeps.
const ShadowLength = 200

// ShadowDisagreement is one part that the two models judge differently.
type ShadowDisagreement struct {
	// Record is the ID of the part in the log.
	Record  string
	At      time.Time
	Current inspection.Verdict
	Shadow  inspection.Verdict
	// CurrentScore and ShadowScore are the scores.
	CurrentScore, ShadowScore float64
}
