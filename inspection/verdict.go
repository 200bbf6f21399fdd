package inspection

import (
	"fmt"
	"time"
)

// Verdict is the outcome of an inspection.
type Verdict string

// The three verdicts.
const (
	// Pass means the score is below the pass threshold.
	Pass Verdict = "pass"
	// Review means the score is between the thresholds: a person decides.
	Review Verdict = "review"
	// Fail means the score is at or above the fail threshold.
	Fail Verdict = "fail"
)

// ParseVerdict returns the verdict of that name, or an error naming the three.
func ParseVerdict(text string) (Verdict, error) {
	switch v := Verdict(text); v {
	case Pass, Review, Fail:
		return v, nil
	}
	return "", fmt.Errorf("verdict %q: want pass, review or fail", text)
}

// Thresholds divide scores into verdicts: pass below Pass, fail from Fail up,
// review between. Both are probabilities in [0, 1] and Pass ≤ Fail.
type Thresholds struct {
	Pass float64 `json:"pass"`
	Fail float64 `json:"fail"`
}

// Validate returns an error unless 0 ≤ Pass ≤ Fail ≤ 1.
func (t Thresholds) Validate() error {
	if !(0 <= t.Pass && t.Pass <= t.Fail && t.Fail <= 1) { // also refuses NaN
		return fmt.Errorf("thresholds %g / %g: want 0 ≤ pass ≤ fail ≤ 1", t.Pass, t.Fail)
	}
	return nil
}

// Judge returns the verdict for a score. A score that is not a number can never
// pass: it goes to review.
func (t Thresholds) Judge(score float64) Verdict {
	switch {
	case score >= t.Fail:
		return Fail
	case score < t.Pass:
		return Pass
	}
	return Review
}

// Decision is one verdict with who gave it, when and why.
type Decision struct {
	Verdict Verdict `json:"verdict"`
	// By is the model ("casting 3") for a machine verdict, the person's name otherwise.
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

// Role says in which capacity a person decides.
type Role string

// The roles that may add a decision to a record.
const (
	Operator   Role = "operator"
	Supervisor Role = "supervisor"
)

// ReviewEvent is a person's decision on a record. It is appended to the log and
// never overwrites the machine verdict or an earlier review.
type ReviewEvent struct {
	// ID is the event's own ULID, given by the log.
	ID       string   `json:"id"`
	RecordID string   `json:"record"`
	Role     Role     `json:"role"`
	Decision Decision `json:"decision"`
}
