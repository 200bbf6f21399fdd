package widgets

import (
	"container/list"
	"context"
	"image"
	"sync"

	"assay/ui/task"
)

// ThumbnailSide is how many pixels wide and high thumbnails are kept.
const ThumbnailSide = 96

// Thumbnails loads small pictures of records: what is kept comes at once, the
// rest later, two at a time. It is safe for concurrent use.
type Thumbnails struct {
	group *task.Group
	load  func(id string) (image.Image, error)
	limit int
	slots chan struct{}

	mu    sync.Mutex
	kept  map[string]*list.Element
	order *list.List // newest use first
}

type keptThumbnail struct {
	id  string
	img *image.RGBA // nil where the picture cannot be read
}

// NewThumbnails returns a loader that keeps the last limit pictures. load may be slow; it is called off the UI goroutine.
func NewThumbnails(g *task.Group, limit int, load func(id string) (image.Image, error)) *Thumbnails {
	return &Thumbnails{group: g, load: load, limit: limit, slots: make(chan struct{}, 2),
		kept: make(map[string]*list.Element), order: list.New()}
}

// Add keeps a picture that is at hand, so that it need not be loaded.
func (t *Thumbnails) Add(id string, img image.Image) { t.keep(id, Thumbnail(img, ThumbnailSide)) }

// Get returns the picture of a record where it is kept; known is true and img nil where it cannot be read.
func (t *Thumbnails) Get(id string) (img *image.RGBA, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.kept[id]
	if !ok {
		return nil, false
	}
	t.order.MoveToFront(e)
	return e.Value.(keptThumbnail).img, true
}

// Load fetches a picture and calls done on the UI goroutine when Get knows it. The returned function
// cancels: done is then never called.
func (t *Thumbnails) Load(id string, done func()) (cancel func()) {
	ctx, cancel := context.WithCancel(t.group.Context())
	t.group.Go(func(context.Context) {
		select {
		case t.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		defer func() { <-t.slots }()
		if ctx.Err() != nil {
			return
		}
		if _, known := t.Get(id); !known {
			t.fetch(id)
		}
		t.group.Post(func() {
			if ctx.Err() == nil {
				done()
			}
			cancel()
		})
	})
	return cancel
}

func (t *Thumbnails) fetch(id string) {
	img, err := t.load(id)
	if err != nil || img == nil {
		t.keep(id, nil)
		return
	}
	t.keep(id, Thumbnail(img, ThumbnailSide))
}

func (t *Thumbnails) keep(id string, img *image.RGBA) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.kept[id]; ok {
		e.Value = keptThumbnail{id, img}
		t.order.MoveToFront(e)
		return
	}
	t.kept[id] = t.order.PushFront(keptThumbnail{id, img})
	if t.order.Len() > t.limit {
		last := t.order.Back()
		t.order.Remove(last)
		delete(t.kept, last.Value.(keptThumbnail).id)
	}
}
