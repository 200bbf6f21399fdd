package retrain

import (
	"math"

	"assay/inspection"
	"assay/station"
)

// half is the score from which an answer counts as defective in a comparison.
const half = 0.5

// ratesAt returns which share of the defective images pass and which of the sound ones fail at a threshold, 0 to 1.
func ratesAt(images []station.ComparedImage, candidate bool, threshold float64) (escape, falseReject float64) {
	var missed, defective, refused, sound int
	for _, c := range images {
		fails := score(c, candidate) >= threshold
		if c.Truth == inspection.Defective {
			defective++
			if !fails {
				missed++
			}
			continue
		}
		sound++
		if fails {
			refused++
		}
	}
	return share(missed, defective), share(refused, sound)
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

func score(c station.ComparedImage, candidate bool) float64 {
	if candidate {
		return c.Candidate
	}
	return c.Current
}

// histogram counts scores in bins from 0 to 1, class by class.
func histogram(images []station.ComparedImage, candidate bool, bins int) (normal, defective []int) {
	normal, defective = make([]int, bins), make([]int, bins)
	for _, c := range images {
		s := score(c, candidate)
		if math.IsNaN(s) {
			continue
		}
		i := min(bins-1, max(0, int(s*float64(bins))))
		if c.Truth == inspection.Defective {
			defective[i]++
		} else {
			normal[i]++
		}
	}
	return normal, defective
}

// reviewShare returns which share of the images lies between the thresholds, 0 to 1.
func reviewShare(images []station.ComparedImage, candidate bool, t inspection.Thresholds) float64 {
	n := 0
	for _, c := range images {
		if t.Judge(score(c, candidate)) == inspection.Review {
			n++
		}
	}
	return share(n, len(images))
}
