package live

import (
	"context"
	"image"
	"sync/atomic"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
	"assay/ui/widgets"
)

// feed prepares pictures off the UI goroutine. One picture at a time is on its
// way to the window: the next is prepared when it has been shown, so a slow
// window drops frames and its queue never grows, and two buffers that take turns
// are never written while they are drawn (a third leaves room for the drawing).
type feed struct {
	tasks  *task.Group
	view   *widgets.Picture
	thumbs *widgets.Thumbnails
	show   func(judged)

	frames *task.Mill[inspection.Frame]
	parts  *task.Mill[station.Judgement]
	room   atomic.Pointer[image.Point]
	region atomic.Pointer[inspection.Rectangle]
	last   atomic.Pointer[judged]
	paused atomic.Bool
	empty  atomic.Bool
	heat   atomic.Bool

	buffers [3]*image.RGBA
	turn    int
	drawn   *judged // whose heatmap lies over the picture; UI goroutine only
}

// judged is a part's record with what is drawn of it.
type judged struct {
	record    inspection.Record
	crop      *image.RGBA          // the region that was judged
	zone      inspection.Rectangle // where it lies in the frame
	heat      *image.RGBA          // nil where nothing speaks for a defect
	heatZone  inspection.Rectangle // where that lies in the frame
	signature widgets.Signature
}

func newFeed(g *task.Group, view *widgets.Picture, thumbs *widgets.Thumbnails, show func(judged)) *feed {
	f := &feed{tasks: g, view: view, thumbs: thumbs, show: show}
	f.room.Store(&image.Point{})
	f.region.Store(&inspection.Rectangle{})
	view.OnRoom = func(room image.Point) { f.room.Store(&room) }
	f.frames = task.NewMill(g, f.prepare)
	f.parts = task.NewMill(g, f.judge)
	return f
}

// frame takes a frame from the station's goroutine.
func (f *feed) frame(frame inspection.Frame) {
	if frame.Image == nil || f.paused.Load() {
		return
	}
	f.frames.Put(frame)
}

// judgement takes a judgement from the station's goroutine.
func (f *feed) judgement(j station.Judgement) { f.parts.Put(j) }

// blank takes the picture away while the source delivers none. UI goroutine.
func (f *feed) blank(empty bool) {
	if f.empty.Swap(empty) == empty || !empty {
		return
	}
	f.view.SetPicture(nil, image.Point{})
	f.view.SetHeatmap(nil, inspection.Rectangle{})
}

func (f *feed) prepare(_ context.Context, frame inspection.Frame) {
	size := frame.Image.Bounds().Size()
	k := widgets.Reduction(size, *f.room.Load())
	img := widgets.Direct(frame.Image)
	if k > 1 || img == nil {
		f.turn = (f.turn + 1) % len(f.buffers)
		f.buffers[f.turn] = widgets.Reduce(f.buffers[f.turn], frame.Image, frame.Image.Bounds(), k)
		img = f.buffers[f.turn]
	}
	region := widgets.Judged(*f.region.Load(), size)
	part := f.overlay(frame)
	f.tasks.PostWait(func() {
		if f.empty.Load() {
			return
		}
		f.view.SetRegion(region)
		f.view.SetPicture(img, size)
		f.layHeat(part)
	})
}

// overlay returns the newest part while the frame still shows it: a heatmap must not lie over something else.
func (f *feed) overlay(frame inspection.Frame) *judged {
	part := f.last.Load()
	if part == nil || part.heat == nil || !f.heat.Load() {
		return nil
	}
	if !part.signature.Same(widgets.Sign(frame.Image, part.zone)) {
		return nil
	}
	return part
}

func (f *feed) layHeat(part *judged) {
	if part == nil || !f.heat.Load() {
		f.drawn = nil
		f.view.SetHeatmap(nil, inspection.Rectangle{})
		return
	}
	if f.drawn == part && f.view.HeatmapShown() {
		return
	}
	f.drawn = part
	f.view.SetHeatmap(part.heat, part.heatZone)
}

func (f *feed) judge(_ context.Context, j station.Judgement) {
	part := draw(j.Record, j.Image, *f.region.Load())
	if j.Image != nil {
		f.thumbs.Add(j.Record.ID, j.Image)
	}
	f.last.Store(&part)
	f.tasks.PostWait(func() { f.show(part) })
}

// cropSide is how many pixels wide the picture of a judged part is at least kept.
const cropSide = 260

// draw prepares what is drawn of a part. Any goroutine may call it.
func draw(record inspection.Record, img image.Image, region inspection.Rectangle) judged {
	part := judged{record: record}
	if img == nil {
		return part
	}
	part.zone = widgets.Judged(region, img.Bounds().Size())
	if record.Heatmap != nil && !record.Heatmap.Region.Empty() {
		part.zone = record.Heatmap.Region
	}
	zone := widgets.Zone(part.zone).Intersect(img.Bounds())
	if zone.Empty() {
		zone = img.Bounds()
	}
	part.zone = inspection.Rectangle{X: zone.Min.X, Y: zone.Min.Y, Width: zone.Dx(), Height: zone.Dy()}
	part.crop = widgets.Reduce(nil, img, zone, max(1, min(zone.Dx(), zone.Dy())/cropSide))
	part.heat, part.heatZone = widgets.Heat(record.Heatmap, record.Outline, part.zone)
	part.signature = widgets.Sign(img, part.zone)
	return part
}
