package station

import (
	"context"

	"assay/inspection"
)

// eachReviewed calls f for every record on which a person has decided for one of the
// classes, or for the unfamiliar ones of these alone, page by page so that the log
// is never held in memory.
func (s *Station) eachReviewed(ctx context.Context, unfamiliar bool, f func(r inspection.Record, class inspection.Class) error) error {
	for cursor := ""; ; {
		page, err := s.Records(ctx, reviewedQuery(cursor, unfamiliar))
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			class, decided := classOf(r.Final().Verdict)
			if !decided {
				continue
			}
			if err := f(r, class); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		cursor = page.Next
	}
}

// reviewedQuery selects what a person has decided on.
func reviewedQuery(cursor string, unfamiliar bool) Query {
	reviewed := true
	q := Query{Reviewed: &reviewed, Limit: 500, Before: cursor}
	if unfamiliar {
		q.Unfamiliar = &unfamiliar
	}
	return q
}

// classOf returns the class that a final verdict means; ok is false for review,
// which teaches nothing.
func classOf(v inspection.Verdict) (class inspection.Class, ok bool) {
	switch v {
	case inspection.Pass:
		return inspection.Normal, true
	case inspection.Fail:
		return inspection.Defective, true
	}
	return 0, false
}
