package metrics

import "assay/inspection"

// Decided says how a model fares where it may send parts to review. Shares are
// in per cent.
type Decided struct {
	// N images were passed or failed, Share of all.
	N     int     `json:"n"`
	Share float64 `json:"share"`
	// Accuracy is the share of the decided ones that were decided rightly, with its 95 % Wilson interval; 0 where none
	// was decided.
	Accuracy float64    `json:"accuracy"`
	CI95     [2]float64 `json:"ci95"`
	// DefectsPassed counts defective images that passed, DefectsPassedShare among all defective ones; SoundFailed
	// normal ones that failed.
	DefectsPassed      int     `json:"defects_passed"`
	DefectsPassedShare float64 `json:"defects_passed_share"`
	SoundFailed        int     `json:"sound_failed"`
}

// Decide counts verdicts against the truth; both must be equally many.
func Decide(verdicts []inspection.Verdict, truth []inspection.Class) Decided {
	var d Decided
	var defects, right int
	for i, verdict := range verdicts {
		defective := truth[i] == inspection.Defective
		if defective {
			defects++
		}
		switch {
		case verdict == inspection.Review:
			continue
		case verdict == inspection.Pass && defective:
			d.DefectsPassed++
		case verdict == inspection.Fail && !defective:
			d.SoundFailed++
		default:
			right++
		}
		d.N++
	}
	low, high := Wilson(right, d.N)
	d.CI95 = [2]float64{100 * low, 100 * high}
	d.Share, d.Accuracy = 100*ratio(float64(d.N), len(verdicts)), 100*ratio(float64(right), d.N)
	d.DefectsPassedShare = 100 * ratio(float64(d.DefectsPassed), defects)
	return d
}
