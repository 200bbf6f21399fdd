// Package storagetest makes records, images and logs for the tests of those who
// use the evidence log.
package storagetest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"assay/inspection"
	"assay/storage"
)

// Start is when a Clock begins and what records of Record are counted from.
var Start = time.Date(2026, time.November, 24, 8, 0, 0, 0, time.FixedZone("CET", 3600))

// Clock is a clock that stands still until it is moved. Its method Now fits
// storage.Options.Clock. Safe for concurrent use.
type Clock struct {
	mutex sync.Mutex
	now   time.Time
}

// NewClock returns a clock that shows t.
func NewClock(t time.Time) *Clock { return &Clock{now: t} }

// Now returns the time shown.
func (c *Clock) Now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.now
}

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(d)
}

// Quiet returns a logger that drops everything.
func Quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// Open opens a log in a folder of the test's own, closed at its end. Options
// without a logger get a quiet one.
func Open(t testing.TB, o storage.Options) *storage.Log {
	t.Helper()
	return OpenIn(t, t.TempDir(), o)
}

// OpenIn is Open for a folder that is there already. Closing the log earlier is fine.
func OpenIn(t testing.TB, dir string, o storage.Options) *storage.Log {
	t.Helper()
	if o.Logger == nil {
		o.Logger = Quiet()
	}
	l, err := storage.Open(dir, o)
	if err != nil {
		t.Fatalf("open log: %v", err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close log: %v", err)
		}
	})
	return l
}

// Record returns a record with every field filled, all following from n: the
// verdict, lot (100 parts each), recipe and model take turns, and every seventh
// picture is unfamiliar. It has no ID.
func Record(n int) inspection.Record {
	verdict := []inspection.Verdict{inspection.Pass, inspection.Pass, inspection.Fail, inspection.Review}[n%4]
	at := Start.Add(time.Duration(n) * 100 * time.Millisecond)
	model := inspection.ModelRef{Name: []string{"casting", "demo"}[n/3%2], Version: 1 + n%3, SHA256: fmt.Sprintf("%064x", n%3)}
	return inspection.Record{
		Time: at, Source: "demo", Frame: uint64(n + 1),
		Recipe: []string{"Demo impeller", "Casting impeller"}[n/5%2], Lot: fmt.Sprintf("L-%03d", n/100), Serial: fmt.Sprintf("S-%06d", n),
		Model: model, Engine: "native", Score: float64(n%1000) / 1000, Thresholds: inspection.Thresholds{Pass: 0.3, Fail: 0.7}, LatencyMS: 4.5,
		Heatmap:     &inspection.Heatmap{Width: 2, Height: 1, Values: []float32{float32(n), -1.5}, Region: inspection.Rectangle{Width: 8, Height: 8}},
		Truth:       &inspection.Truth{Class: inspection.Class(n % 2), Part: uint64(n)},
		Machine:     inspection.Decision{Verdict: verdict, By: fmt.Sprintf("%s %d", model.Name, model.Version), At: at},
		Familiarity: &inspection.Familiarity{Distance: float64(n%7) / 4, Limit: 1.25, Unfamiliar: n%7 == 6},
		Width:       8, Height: 8, MediaType: "image/jpeg",
	}
}

// Review returns a review of the record without an ID.
func Review(record string, role inspection.Role, v inspection.Verdict) inspection.ReviewEvent {
	return inspection.ReviewEvent{RecordID: record, Role: role, Decision: inspection.Decision{Verdict: v, By: "Ada", At: Start, Reason: "looked at it"}}
}

// JPEG returns a small gray picture whose bytes follow from n.
func JPEG(n int) []byte {
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range picture.Pix {
		picture.Pix[i] = byte(n * (i + 1))
	}
	picture.SetGray(0, 0, color.Gray{Y: byte(n)})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return append(b.Bytes(), fmt.Sprintf("#%d", n)...)
}

// Noise returns n bytes that begin like a JPEG file and follow from the seed:
// for logs whose images nobody looks at.
func Noise(seed uint64, n int) []byte {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a fixture has to be repeatable
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	copy(data, []byte{0xFF, 0xD8, 0xFF})
	return data
}
