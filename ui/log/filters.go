package log

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
	"assay/ui/widgets"
)

// Entries of the filters. The first of each does not filter.
const (
	dayToday     = "Today"
	dayYesterday = "Yesterday"
	dayWeek      = "Last 7 days"
	dayAll       = "All days"

	verdictAll   = "All verdicts"
	verdictOpen  = "Fail and review"
	verdictPass  = "Pass"
	verdictWait  = "Review"
	verdictFail  = "Fail"
	modelAll     = "All models"
	reviewedAll  = "Reviewed or not"
	reviewedYes  = "Reviewed"
	reviewedNone = "Not reviewed"

	likeAll  = "All pictures"
	likeNone = "Unfamiliar"
	likeYes  = "Familiar"
)

// filters choose what the list shows.
type filters struct {
	page *Page
	row  fyne.CanvasObject

	day, verdict, model, reviewed, like *widgets.Select
	loads                               task.Slot
}

func newFilters(p *Page) *filters {
	f := &filters{page: p}
	reload := func(string) { p.Reload() }
	f.day, f.verdict = widgets.NewSelect(dayToday, reload), widgets.NewSelect(verdictAll, reload)
	f.model, f.reviewed = widgets.NewSelect(modelAll, reload), widgets.NewSelect(reviewedAll, reload)
	f.like = widgets.NewSelect(likeAll, reload)
	f.day.Set([]string{dayToday, dayYesterday, dayWeek, dayAll}, dayToday)
	f.verdict.Set([]string{verdictAll, verdictOpen, verdictFail, verdictWait, verdictPass}, verdictAll)
	f.model.Set([]string{modelAll}, modelAll)
	f.reviewed.Set([]string{reviewedAll, reviewedNone, reviewedYes}, reviewedAll)
	f.like.Set([]string{likeAll, likeNone, likeYes}, likeAll)
	f.row = widgets.NewWeighted([]float32{1, 1, 1, 1, 1},
		widgets.Field("Day", f.day), widgets.Field("Final verdict", f.verdict), widgets.Field("Model", f.model), widgets.Field("Review", f.reviewed),
		widgets.Field("Familiarity", f.like))
	return f
}

// all reports whether nothing is filtered.
func (f *filters) all() bool {
	return f.day.Selected == dayAll && f.verdict.Selected == verdictAll && f.model.Selected == modelAll && f.reviewed.Selected == reviewedAll &&
		f.like.Selected == likeAll
}

// query returns what the filters ask for; days begin and end at local midnight.
func (f *filters) query(now time.Time) station.Query {
	q := station.Query{}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch f.day.Selected {
	case dayToday:
		q.From = midnight
	case dayYesterday:
		q.From, q.To = midnight.AddDate(0, 0, -1), midnight
	case dayWeek:
		q.From = midnight.AddDate(0, 0, -6)
	}
	q.Verdicts = map[string][]inspection.Verdict{
		verdictOpen: {inspection.Fail, inspection.Review}, verdictPass: {inspection.Pass},
		verdictWait: {inspection.Review}, verdictFail: {inspection.Fail},
	}[f.verdict.Selected]
	if f.model.Selected != modelAll {
		q.Model = f.model.Selected
	}
	if f.reviewed.Selected != reviewedAll {
		yes := f.reviewed.Selected == reviewedYes
		q.Reviewed = &yes
	}
	if f.like.Selected != likeAll {
		unfamiliar := f.like.Selected == likeNone
		q.Unfamiliar = &unfamiliar
	}
	return q
}

// reload fetches the models' names.
func (f *filters) reload() {
	task.RunIn(f.page.host.Tasks, &f.loads, func(context.Context) ([]station.ModelInfo, error) { return f.page.station.Models() },
		func(models []station.ModelInfo, err error) {
			if err != nil {
				return // the Inspect page tells
			}
			names, seen := []string{modelAll}, map[string]bool{}
			for _, m := range models {
				if !seen[m.Ref.Name] {
					seen[m.Ref.Name] = true
					names = append(names, m.Ref.Name)
				}
			}
			f.model.Set(names, f.model.Selected)
		})
}
