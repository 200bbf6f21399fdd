package storage_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"assay/inspection"
	"assay/storage"
	"assay/storage/storagetest"
)

// recordsVariable sets how many records the reading benchmarks have before them;
// directoryVariable keeps that log in a folder, to be used again.
const (
	recordsVariable   = "ASSAY_BENCH_RECORDS"
	directoryVariable = "ASSAY_BENCH_DIR"
)

// BenchmarkAppend measures durable appends of a 60 KB image, by as many stations
// as named: one waits for each commit, several share them.
func BenchmarkAppend(b *testing.B) {
	image := storagetest.Noise(1, 60<<10)
	for _, writers := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			l := storagetest.Open(b, storage.Options{})
			var next atomic.Int64
			var mutex sync.Mutex
			var times []time.Duration
			var group sync.WaitGroup
			b.SetBytes(int64(len(image)))
			b.ResetTimer()
			for range writers {
				group.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						begun := time.Now()
						if _, err := l.Append(context.Background(), storagetest.Record(int(n)), image); err != nil {
							b.Error(err)
							return
						}
						mutex.Lock()
						times = append(times, time.Since(begun))
						mutex.Unlock()
					}
				})
			}
			group.Wait()
			b.StopTimer()
			reportTimes(b, times)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// reportTimes adds median and 99th percentile.
func reportTimes(b *testing.B, times []time.Duration) {
	slices.Sort(times)
	if len(times) == 0 {
		return
	}
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	b.ReportMetric(ms(times[len(times)/2]), "p50-ms")
	b.ReportMetric(ms(times[len(times)*99/100]), "p99-ms")
}

// benchRecord spreads records over time, two a minute, one lot in 500, one of
// fifty to be rejected.
func benchRecord(n int) inspection.Record {
	r := storagetest.Record(n)
	r.Time = storagetest.Start.Add(time.Duration(n) * 30 * time.Second)
	r.Lot = fmt.Sprintf("L-%05d", n/500)
	r.Machine.Verdict = inspection.Pass
	if n%50 == 0 {
		r.Machine.Verdict = inspection.Fail
	}
	return r
}

// benchFolder returns a folder with a log of so many records and tiny images.
func benchFolder(b *testing.B) (dir string, records int) {
	b.Helper()
	records = 100_000
	if text := os.Getenv(recordsVariable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		records = n
	}
	dir = os.Getenv(directoryVariable)
	if dir == "" {
		dir = b.TempDir()
	} else if _, err := os.Stat(dir); err == nil {
		return dir, records
	}
	begun := time.Now()
	clock := storagetest.NewClock(storagetest.Start)
	l := storagetest.OpenIn(b, dir, storage.Options{Clock: clock.Now})
	image := storagetest.JPEG(1)
	var next atomic.Int64
	var group sync.WaitGroup
	for range 256 {
		group.Go(func() {
			for n := next.Add(1) - 1; n < int64(records); n = next.Add(1) - 1 {
				clock.Advance(30 * time.Second)
				if _, err := l.Append(context.Background(), benchRecord(int(n)), image); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d records written in %s", records, time.Since(begun).Round(time.Millisecond))
	return dir, records
}

// BenchmarkRead measures what the window asks for.
func BenchmarkRead(b *testing.B) {
	dir, records := benchFolder(b)
	begun := time.Now()
	l := storagetest.OpenIn(b, dir, storage.Options{})
	open := time.Since(begun)
	if _, err := l.List(context.Background(), storage.Query{Limit: 100}); err != nil {
		b.Fatal(err)
	}
	b.Logf("open in %s, with the first page %s", open.Round(time.Millisecond/10), time.Since(begun).Round(time.Millisecond/10))
	end := storagetest.Start.Add(time.Duration(records) * 30 * time.Second)
	reviewed := false
	for name, q := range map[string]storage.Query{
		"first_page":  {},
		"fails":       {Verdicts: []inspection.Verdict{inspection.Fail}, Reviewed: &reviewed},
		"lot":         {Lot: "L-00007"},
		"lot_fails":   {Lot: "L-00007", Verdicts: []inspection.Verdict{inspection.Fail}},
		"serial":      {Serial: "S-000777"},
		"model_day":   {Model: "demo", From: end.AddDate(0, 0, -8), To: end.AddDate(0, 0, -7)},
		"recipe_fail": {Recipe: "Demo impeller", Model: "casting", Verdicts: []inspection.Verdict{inspection.Fail}},
	} {
		q.Limit = 100
		b.Run(name, func(b *testing.B) {
			benchCalls(b, func() error { _, err := l.List(context.Background(), q); return err })
		})
	}
	b.Run("trend_month", func(b *testing.B) {
		benchCalls(b, func() error {
			for day := range 30 {
				from := end.AddDate(0, 0, -day-1)
				if _, err := l.Counts(context.Background(), storage.Query{From: from, To: from.AddDate(0, 0, 1)}); err != nil {
					return err
				}
			}
			return nil
		})
	})
	b.Logf("resident %s", resident())
}

func benchCalls(b *testing.B, call func() error) {
	var times []time.Duration
	for b.Loop() {
		begun := time.Now()
		if err := call(); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(begun))
	}
	reportTimes(b, times)
}

// resident returns the process's memory as the kernel counts it, "unknown" elsewhere.
func resident() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil || runtime.GOOS != "linux" {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
