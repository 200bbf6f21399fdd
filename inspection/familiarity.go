package inspection

// Familiarity says how like a model's training pictures a picture is.
type Familiarity struct {
	// Distance grows the less the picture resembles them: 0 is the middle of the training pictures, 1 the limit. It is
	// always a finite number.
	Distance float64 `json:"distance"`
	// Limit is the Distance above which a picture counts as unfamiliar.
	Limit float64 `json:"limit"`
	// Unfamiliar reports that Distance lies above Limit: the model's score means nothing here.
	Unfamiliar bool `json:"unfamiliar"`
}

// Outline is an ellipse in a frame: a round part as it was found. Lengths are in
// pixels of the frame, with the frame's top left corner at 0,0 and pixel centres
// at the halves.
type Outline struct {
	// X and Y are the centre; it may lie anywhere, also where the frame cuts the part off.
	X float64 `json:"x"`
	Y float64 `json:"y"`
	// Major and Minor are the two half axes, Major ≥ Minor > 0.
	Major float64 `json:"major"`
	Minor float64 `json:"minor"`
	// Angle is the direction of the major axis, in radians from the x axis towards the y axis, 0 ≤ Angle < π.
	Angle float64 `json:"angle"`
	// Confidence is how far the picture bears the ellipse out, 0 to 1.
	Confidence float64 `json:"confidence"`
}

// ReasonUnfamiliar is the reason of a machine verdict that was withheld because
// the picture is unlike those that the model learnt from.
const ReasonUnfamiliar = "unfamiliar"

// Decide returns the machine's verdict on a score and the reason beside the
// score, empty where there is none. A picture that is unfamiliar never passes or
// fails, whatever its score: it goes to review with ReasonUnfamiliar. f may be
// nil.
func Decide(t Thresholds, score float64, f *Familiarity) (Verdict, string) {
	if f != nil && f.Unfamiliar {
		return Review, ReasonUnfamiliar
	}
	return t.Judge(score), ""
}
