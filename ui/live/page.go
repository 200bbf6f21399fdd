// Package live is the Inspect page: what the camera sees, what the model says of
// it, and what the operator does about it.
package live

import (
	"context"
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"assay/inspection"
	"assay/station"
	"assay/ui/host"
	"assay/ui/task"
	"assay/ui/widgets"
)

// Station is what the page needs of a station.
type Station interface {
	Frames() *station.Signal[inspection.Frame]
	Judged() *station.Signal[station.Judgement]
	Changed() *station.Signal[station.Status]
	Snapshot() station.Status

	Recipes() []inspection.Recipe
	SelectRecipe(name string) error
	Models() ([]station.ModelInfo, error)
	SelectModel(name string, version int) error
	Engines() []string
	SelectEngine(name string) error
	Sources() []station.SourceChoice
	SelectSource(spec string) error
	SetTrigger(t inspection.Trigger)
	SetLot(lot string)
	SetOperator(name string)

	Inspect() error
	Review(ctx context.Context, recordID string, role inspection.Role, v inspection.Verdict, by, reason string) error
	Record(id string) (inspection.Record, error)
	Image(id string) (image.Image, error)
	Thumbnail(id string) (image.Image, error)
}

// stripEvery is how often the strip of last parts is redrawn at most: at a
// verdict a frame nobody could follow it, and thirty thumbnails would be sent to
// the graphics card each time.
const stripEvery = 250 * time.Millisecond

// Page is the Inspect page. Its methods belong to the UI goroutine.
type Page struct {
	station Station
	host    *host.Host
	root    fyne.CanvasObject

	header  *header
	picture *widgets.Picture
	feed    *feed
	trigger *widgets.Segmented
	inspect *widgets.Button
	heat    *widgets.Button
	back    *widgets.Button // undoes
	part    *part
	count   *counters
	strip   *widgets.Strip
	thumbs  *widgets.Thumbnails
	restrip *task.Throttle

	status  station.Status
	heatOn  bool
	newest  inspection.Record // the newest part judged; zero before the first
	pinned  string            // the part that is looked at; empty follows the newest
	watched string            // the newest part that has been looked at for a verdict that must not be hidden
	picks   task.Slot         // loads the pinned part's picture
	undos   []undo
	undoing task.Slot
	cancels []func()
}

// New returns the page; the station's signals reach it until Close.
func New(s Station, h *host.Host) *Page {
	p := &Page{station: s, host: h, heatOn: true}
	p.thumbs = widgets.NewThumbnails(h.Tasks, 128, s.Thumbnail)
	p.picture = widgets.NewPicture("", "")
	p.feed = newFeed(h.Tasks, p.picture, p.thumbs, p.showJudged)
	p.header = newHeader(p)
	p.trigger = newTrigger(func(t inspection.Trigger) { s.SetTrigger(t) })
	p.inspect = widgets.NewButton("Inspect  (Space)", p.Inspect)
	p.inspect.Importance = widget.HighImportance
	p.heat = widgets.NewButton("", p.ToggleHeatmap)
	p.back = widgets.NewButton("Undo  (Ctrl+Z)", p.Undo)
	p.part = newPart(p)
	p.count = newCounters()
	p.strip = widgets.NewStrip(p.thumbs, station.RecentLength, "The last parts appear here once the first has been judged.",
		func(r inspection.Record) { h.OpenRecord(r.ID) })
	p.restrip = task.NewThrottle(h.Tasks, stripEvery, p.showStrip)
	p.root = p.lay()
	p.labelHeat()
	p.subscribe()
	p.apply(s.Snapshot())
	p.header.reload()
	return p
}

// Content returns the page's objects.
func (p *Page) Content() fyne.CanvasObject { return p.root }

// Shown tells the page that it is on screen.
func (p *Page) Shown() {
	p.feed.paused.Store(false)
	p.header.reload()
}

// Hidden tells the page that it is off screen: frames are no longer prepared.
func (p *Page) Hidden() { p.feed.paused.Store(true) }

// Close ends the page's subscriptions.
func (p *Page) Close() {
	for _, cancel := range p.cancels {
		cancel()
	}
}

func (p *Page) subscribe() {
	status := task.NewLatest(p.host.Tasks, p.apply)
	p.cancels = []func(){
		p.station.Frames().Subscribe(p.feed.frame),
		p.station.Judged().Subscribe(p.feed.judgement),
		p.station.Changed().Subscribe(status.Put),
	}
}

func (p *Page) lay() fyne.CanvasObject {
	tools := container.NewHBox(p.trigger, layout.NewSpacer(), p.heat, p.inspect)
	left := container.NewBorder(nil, container.NewBorder(spacer(6), nil, nil, nil, tools), nil, nil, p.picture)
	right := container.NewBorder(container.NewVBox(p.part.band, spacer(2)), container.NewVBox(spacer(2), p.count.panel), nil, nil, p.part.panel)
	foot := container.NewBorder(nil, nil, container.NewCenter(container.NewVBox(widgets.NewCaption("Last parts"), widgets.NewCaption("newest first"))), container.NewCenter(widgets.MinSize(0, 48, p.back)),
		widgets.Inset(2, p.strip))
	return container.NewBorder(container.NewVBox(p.header.row, spacer(2)), container.NewVBox(spacer(2), foot), nil, nil,
		widgets.NewRatio(0.58, left, right))
}

func spacer(height float32) fyne.CanvasObject {
	return widgets.MinSize(0, height, layout.NewSpacer())
}

func newTrigger(pick func(inspection.Trigger)) *widgets.Segmented {
	keys := []string{string(inspection.TriggerManual), string(inspection.TriggerPartPresent), string(inspection.TriggerContinuous)}
	return widgets.NewSegmented(keys, []string{"By hand", "Part present", "Every frame"},
		func(key string) { pick(inspection.Trigger(key)) })
}

// apply shows a status.
func (p *Page) apply(s station.Status) {
	p.status = s
	p.header.apply(s)
	p.showUndo()
	p.trigger.Set(string(s.Trigger))
	p.count.set(s.Counters)
	p.showSource(s)
	if len(s.Recent) > 0 && s.Recent[0].ID >= p.newest.ID {
		p.newest = s.Recent[0]
	}
	if p.alarmed(s.Recent) {
		p.Follow()
		return
	}
	p.showPart()
}

// alarmed reports whether a part has come that did not pass: it takes the place
// of an older part that is looked at, since it must not go unseen.
func (p *Page) alarmed(recent []inspection.Record) bool {
	alarm := false
	for _, r := range recent {
		alarm = alarm || (r.ID > p.watched && r.Machine.Verdict != inspection.Pass)
	}
	if len(recent) > 0 {
		p.watched = max(p.watched, recent[0].ID)
	}
	return alarm && p.pinned != ""
}

// showSource puts words where no picture is, and takes the last picture away where it would mislead.
func (p *Page) showSource(s station.Status) {
	title, text := sourceWords(s)
	p.picture.SetMessage(title, text)
	live := s.SourceState == station.SourceLive || s.SourceState == station.SourceEnded
	p.feed.region.Store(&s.Recipe.Region)
	p.feed.blank(!live)
	widgets.SetEnabled(p.inspect, live)
}

func sourceWords(s station.Status) (title, text string) {
	name := s.SourceLabel
	if name == "" {
		name = s.Source
	}
	switch s.SourceState {
	case station.SourceNone, "":
		return "No source chosen", "Choose a camera, a folder, a video or the demo line above."
	case station.SourceOpening:
		return "Opening " + name + " …", "The first picture appears in a moment."
	case station.SourceLost:
		return "No picture from " + name, "Lost at " + s.SourceSince.Local().Format("15:04:05") + ". Check its cable; the station goes on by itself."
	case station.SourceFailed:
		return "Cannot open " + name, "Choose another source above."
	case station.SourceEnded:
		return name + " has ended", "Choose it again to start over."
	}
	return "Waiting for the first picture", name
}

// ToggleHeatmap shows or hides the heatmap.
func (p *Page) ToggleHeatmap() {
	p.heatOn = !p.heatOn
	p.labelHeat()
	p.feed.heat.Store(p.heatOn)
	if !p.heatOn {
		p.picture.SetHeatmap(nil, inspection.Rectangle{})
	}
	p.part.showHeat(p.heatOn)
}

func (p *Page) labelHeat() {
	p.feed.heat.Store(p.heatOn)
	if p.heatOn {
		p.heat.Change("Heatmap on  (H)", widget.MediumImportance, true)
		return
	}
	p.heat.Change("Heatmap off  (H)", widget.MediumImportance, true)
}
