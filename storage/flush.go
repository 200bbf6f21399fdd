package storage

import "time"

// wakeFlusher tells the background that the index has something to flush.
func (l *Log) wakeFlusher() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// flushEvery is how long the index file may be behind, flushAbove how many records.
const (
	flushEvery = time.Second
	flushAbove = 1024
)

// flushIndex is the index's goroutine: it moves what was logged into the index file.
func (l *Log) flushIndex() {
	timer := time.NewTimer(flushEvery)
	defer timer.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-timer.C:
		case <-l.wake:
			if l.index.pending() < flushAbove {
				continue
			}
		}
		if err := l.index.flush(); err != nil {
			l.options.Logger.Warn("the index is behind and is read from memory", "error", err)
		}
		timer.Reset(flushEvery)
	}
}
