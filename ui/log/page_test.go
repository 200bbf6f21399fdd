package log

import (
	"image"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/stretchr/testify/require"

	"assay/inspection"
	"assay/station"
	"assay/ui/uitest"
	"assay/ui/widgets"
)

var now = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// newPage shows a log of n parts, one a minute, the newest a minute before now; every third fails.
func newPage(t *testing.T, n int) (*Page, *uitest.Fixture) {
	f := uitest.NewFixture(t)
	for i := range n {
		f.Station.Judge(part(i, n), image.NewRGBA(image.Rect(0, 0, 64, 48)))
	}
	p := New(f.Station, f.Host)
	p.now = func() time.Time { return now }
	f.Show(p.Content())
	p.Shown()
	f.Until(t, "first page", func() bool { return p.total.Text() != "" })
	t.Cleanup(p.Close)
	return p, f
}

func part(i, n int) inspection.Record {
	score := 0.01
	if i%3 == 0 {
		score = 0.97
	}
	r := uitest.Record(i, score, now.Add(-time.Duration(n-i)*time.Minute))
	r.Familiarity = &inspection.Familiarity{Distance: 0.5, Limit: 1}
	if i%10 == 9 {
		r.Familiarity = &inspection.Familiarity{Distance: 1.5, Limit: 1, Unfamiliar: true}
	}
	return r
}

func press(p *Page, name fyne.KeyName) { p.TypedKey(&fyne.KeyEvent{Name: name}) }

func TestNewestPartsComeFirstAndOneIsShown(t *testing.T) {
	p, f := newPage(t, 7)
	require.Equal(t, "7 parts", p.total.Text())
	require.Equal(t, part(6, 7).ID, p.Records()[0].ID)
	require.Equal(t, part(6, 7).ID, p.Selected())
	f.Until(t, "picture", func() bool { return p.detail.picture.Image() != nil })
	require.Contains(t, p.detail.facts.Text, part(6, 7).ID)
}

func TestAnEmptyLogSaysSo(t *testing.T) {
	p, _ := newPage(t, 0)
	require.Equal(t, "0 parts", p.total.Text())
	require.Contains(t, p.empty.Text(), "No part matches")
	p.filters.day.Selected = dayAll
	p.show()
	require.Contains(t, p.empty.Text(), "Nothing has been inspected yet")
}

func TestOlderPagesAreFetchedAsOneWalks(t *testing.T) {
	p, f := newPage(t, 200)
	require.Equal(t, pageLength, len(p.Records()))
	for len(p.Records()) < 200 {
		before := len(p.Records())
		press(p, fyne.KeyEnd)
		f.Until(t, "next page", func() bool { return len(p.Records()) > before })
	}
	seen := map[string]bool{}
	for i, r := range p.Records() {
		require.False(t, seen[r.ID], "twice: %s", r.ID)
		seen[r.ID] = true
		require.Equal(t, part(199-i, 200).ID, r.ID)
	}
	require.Equal(t, "200 parts", p.total.Text())
}

func TestFiltersNarrow(t *testing.T) {
	tests := []struct {
		name string
		set  func(p *Page)
		want int
	}{
		{"fail", func(p *Page) { p.filters.verdict.SetSelected(verdictFail) }, 10},
		{"pass", func(p *Page) { p.filters.verdict.SetSelected(verdictPass) }, 20},
		{"open", func(p *Page) { p.filters.verdict.SetSelected(verdictOpen) }, 10},
		{"review", func(p *Page) { p.filters.verdict.SetSelected(verdictWait) }, 0},
		{"yesterday", func(p *Page) { p.filters.day.SetSelected(dayYesterday) }, 0},
		{"not reviewed", func(p *Page) { p.filters.reviewed.SetSelected(reviewedNone) }, 30},
		{"reviewed", func(p *Page) { p.filters.reviewed.SetSelected(reviewedYes) }, 0},
		{"unfamiliar", func(p *Page) { p.filters.like.SetSelected(likeNone) }, 3},
		{"familiar", func(p *Page) { p.filters.like.SetSelected(likeYes) }, 27},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, f := newPage(t, 30)
			p.total.SetText("")
			tt.set(p)
			f.Until(t, "filtered", func() bool { return p.total.Text() != "" })
			require.Equal(t, parts(tt.want), p.total.Text())
			require.Len(t, p.Records(), tt.want)
		})
	}
}

func TestDaysBeginAtLocalMidnight(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	p, _ := newPage(t, 0)
	at := time.Date(2026, 3, 1, 0, 30, 0, 0, zone)
	p.filters.day.Selected = dayYesterday
	q := p.filters.query(at)
	require.Equal(t, time.Date(2026, 2, 28, 0, 0, 0, 0, zone), q.From)
	require.Equal(t, time.Date(2026, 3, 1, 0, 0, 0, 0, zone), q.To)
	p.filters.day.Selected = dayWeek
	require.Equal(t, time.Date(2026, 2, 23, 0, 0, 0, 0, zone), p.filters.query(at).From)
	p.filters.day.Selected = dayAll
	require.True(t, p.filters.query(at).From.IsZero())
}

func TestNewPartsComeWithoutLosingTheSelection(t *testing.T) {
	// given a part that somebody looks at
	p, f := newPage(t, 30)
	press(p, fyne.KeyDown)
	press(p, fyne.KeyDown)
	chosen := p.Selected()
	require.Equal(t, part(27, 30).ID, chosen)
	// when parts come
	for i := 30; i < 33; i++ {
		f.Station.Judge(uitest.Record(i, 0.01, now), image.NewRGBA(image.Rect(0, 0, 4, 4)))
	}
	f.Until(t, "new parts", func() bool { return len(p.Records()) == 33 })
	// then it stays chosen, and the list is in order
	require.Equal(t, chosen, p.Selected())
	require.Equal(t, 5, p.rows.index(chosen))
	require.Equal(t, chosen, p.detail.record.ID)
	press(p, fyne.KeyUp)
	require.Equal(t, part(28, 30).ID, p.Selected())
}

func TestAHiddenPageReadsTheLogWhenItIsShown(t *testing.T) {
	p, f := newPage(t, 3)
	p.Hidden()
	f.Station.Judge(uitest.Record(3, 0.01, now), image.NewRGBA(image.Rect(0, 0, 4, 4)))
	f.Until(t, "stale", func() bool { return p.stale })
	require.Len(t, p.Records(), 3)
	p.Shown()
	f.Until(t, "fourth part", func() bool { return len(p.Records()) == 4 })
}

func TestAReviewIsKeptBesideTheMachinesVerdict(t *testing.T) {
	// given a part that the machine passed
	p, f := newPage(t, 2)
	p.detail.name.SetText("A. Vogt")
	id := p.Selected()
	require.Equal(t, inspection.Pass, p.detail.record.Machine.Verdict)
	// when it is failed without a reason
	press(p, fyne.KeyF)
	// then a reason is asked for
	require.Len(t, f.Notices, 1)
	require.Equal(t, fyne.Focusable(p.detail.reason), f.Host.Window.Canvas().Focused())
	// when the reason is given
	p.detail.reason.SetText("crack at the rim")
	press(p, fyne.KeyF)
	f.UntilCalled(t, `Review `+id+` supervisor fail A. Vogt "crack at the rim"`)
	f.Until(t, "supervisor's line", func() bool { return p.detail.supervisor.mark.Verdict() == inspection.Fail })
	// then the list shows it and the machine's verdict stays
	require.Equal(t, inspection.Fail, p.Records()[0].Final().Verdict)
	require.Equal(t, inspection.Pass, p.Records()[0].Machine.Verdict)
	require.Equal(t, inspection.Pass, p.detail.machine.mark.Verdict())
	require.Empty(t, p.detail.reason.Text)
}

func TestAgreeingNeedsNoReason(t *testing.T) {
	p, f := newPage(t, 1)
	p.detail.name.SetText("A. Vogt")
	press(p, fyne.KeyC)
	f.UntilCalled(t, `Review `+p.Selected()+` supervisor fail A. Vogt ""`)
}

func TestARefusedReviewIsExplainedAndNothingChanges(t *testing.T) {
	p, f := newPage(t, 1)
	p.detail.name.SetText("A. Vogt")
	f.Station.Fail("Review", inspection.ErrDiskFull)
	press(p, fyne.KeyC)
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
	require.False(t, p.Records()[0].Reviewed())
	require.False(t, p.detail.agree.Disabled(), "it can be tried again")
}

func TestAnUnreadableLogIsExplained(t *testing.T) {
	p, f := newPage(t, 1)
	f.Station.Fail("Records", inspection.ErrDamaged)
	press(p, fyne.KeyF5)
	f.Until(t, "dialog", func() bool { return f.Host.Open() != nil })
}

func TestAPartOutsideTheFiltersCanBeOpened(t *testing.T) {
	p, f := newPage(t, 5)
	old := uitest.Record(900, 0.5, now.AddDate(0, 0, -3))
	f.Station.Judge(old, image.NewRGBA(image.Rect(0, 0, 4, 4)))
	p.Open(old.ID)
	f.Until(t, "old part", func() bool { return p.detail.record.ID == old.ID })
}

func TestPictureKeys(t *testing.T) {
	p, f := newPage(t, 1)
	f.Until(t, "picture", func() bool { return p.detail.picture.Image() != nil })
	press(p, fyne.KeyZ)
	require.True(t, p.detail.picture.Actual())
	require.Equal(t, fyne.NewSize(64, 48), p.detail.picture.MinSize())
	press(p, fyne.KeyH)
	require.False(t, p.detail.heatOn)
}

func TestRowsPrepend(t *testing.T) {
	record := func(n int) inspection.Record { return uitest.Record(n, 0.1, now) }
	page := func(numbers ...int) station.Page {
		var page station.Page
		for _, n := range numbers {
			page.Records = append(page.Records, record(n))
		}
		page.Total, page.Next = 99, "next"
		return page
	}
	tests := []struct {
		name       string
		have, page station.Page
		want       []int
		added      int
		joined     bool
	}{
		{"nothing new", page(3, 2, 1), page(3, 2), []int{3, 2, 1}, 0, true},
		{"two new", page(3, 2, 1), page(5, 4, 3), []int{5, 4, 3, 2, 1}, 2, true},
		{"gap", page(3, 2, 1), page(9, 8), []int{9, 8}, 2, false},
		{"into empty", station.Page{}, page(2, 1), []int{2, 1}, 2, false},
		{"now empty", page(2, 1), station.Page{}, nil, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r rows
			r.reset(tt.have)
			added, joined := r.prepend(tt.page)
			require.Equal(t, tt.added, added)
			require.Equal(t, tt.joined, joined)
			var got []int
			for _, record := range r.records {
				got = append(got, int(record.Frame))
			}
			require.Equal(t, tt.want, got)
		})
	}
}

func TestPartsAreGroupedInThousands(t *testing.T) {
	require.Equal(t, "1 part", parts(1))
	require.Equal(t, "999 parts", parts(999))
	require.Equal(t, "1,204 parts", parts(1204))
	require.Equal(t, "1,000,000 parts", parts(1000000))
}

func TestAnUnfamiliarPictureIsSaid(t *testing.T) {
	r := uitest.Record(1, 0.02, time.Now())
	require.NotContains(t, factText(r), "Unlike")
	r.Familiarity = &inspection.Familiarity{Distance: 1.42, Limit: 1, Unfamiliar: true}
	r.Machine.Verdict, r.Machine.Reason = inspection.Review, inspection.ReasonUnfamiliar
	require.Contains(t, factText(r), "Unlike training 1.42, limit 1.00. It is unfamiliar")
	row := newRow(widgets.NewThumbnails(uitest.NewFixture(t).Host.Tasks, 1, func(string) (image.Image, error) { return nil, inspection.ErrNotFound }))
	row.set(r, time.Now())
	require.Equal(t, "unfamiliar: 1.42, limit 1.00", row.where.Text())
	require.Equal(t, inspection.Review, row.machine.Verdict())
}
