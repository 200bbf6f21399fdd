package storage

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"

	"assay/inspection"
)

// Log is an open evidence log. All its methods may be called from any number of
// goroutines.
type Log struct {
	dir     string
	options Options
	lock    *folderLock
	ids     *idSource
	index   *index

	segmentsMutex sync.RWMutex
	segments      []*segment // in the order of the chain

	queue     chan *request
	exclusive chan func()
	wake      chan struct{}
	stop      chan struct{}
	written   chan struct{} // closed once the writer has ended

	// current and position are the writer's own while it runs.
	current  *segment // takes the writes; nil until there is one to take
	position position // the newest event
	// unreleased counts the bytes written since the last release.
	unreleased int64

	background sync.WaitGroup
	compacting sync.Mutex
	rebuilding sync.Mutex
	dropping   sync.RWMutex // held to read while all segments are read, to write while one is dropped
	closing    sync.Once
	closed     error
}

// Health says what is wrong with the log's files.
type Health struct {
	// Damaged names the segment files that cannot be read, with the reason. Their records stay in the index, are
	// left out of lists, and Get and Image return inspection.ErrDamaged for them. The files are left untouched.
	Damaged []DamagedSegment
}

// DamagedSegment is a segment set aside.
type DamagedSegment struct {
	File string
	Err  error
}

// Health reports damaged segments found so far; Verify looks at every byte.
func (l *Log) Health() Health {
	var h Health
	for _, s := range l.snapshotSegments() {
		if _, damage := s.state(); damage != nil {
			h.Damaged = append(h.Damaged, DamagedSegment{File: s.path, Err: damage})
		}
	}
	return h
}

// Close ends the log: Appends under way are finished, later ones return
// inspection.ErrClosed. A compaction that has begun is waited for. Closing twice
// is harmless.
func (l *Log) Close() error {
	l.closing.Do(func() { l.closed = l.shut() })
	return l.closed
}

func (l *Log) shut() error {
	close(l.stop)
	if !l.options.ReadOnly {
		<-l.written
	}
	l.background.Wait()
	var err error
	for _, s := range l.snapshotSegments() {
		err = errors.Join(err, s.close())
	}
	err = errors.Join(err, l.index.close(), l.lock.release())
	if err != nil {
		return fmt.Errorf("close log: %w", err)
	}
	return nil
}

// snapshotSegments returns the segments there are, in the order of the chain.
func (l *Log) snapshotSegments() []*segment {
	l.segmentsMutex.RLock()
	defer l.segmentsMutex.RUnlock()
	return slices.Clone(l.segments)
}

// noteSegments returns segments as the index notes them.
func noteSegments(segments []*segment) []indexedSegment {
	list := make([]indexedSegment, 0, len(segments))
	for _, s := range segments {
		header, _ := s.state()
		list = append(list, indexedSegment{Name: s.name.String(), First: header.First})
	}
	return list
}

// segmentOf returns the segment that holds the event of that number.
func (l *Log) segmentOf(sequence uint64) (*segment, error) {
	segments := l.snapshotSegments()
	after := sort.Search(len(segments), func(i int) bool {
		header, _ := segments[i].state()
		return header.First > sequence
	})
	if after == 0 {
		return nil, fmt.Errorf("event %d: its segment was dropped: %w", sequence, inspection.ErrNotFound)
	}
	return segments[after-1], nil
}

// Settled reports whether every closed segment has got its final form: compacted,
// read-only, its digest in the chain. A log just opened or rolled over is not for
// some seconds; a full disk can keep it from it.
func (l *Log) Settled() bool {
	for _, s := range l.snapshotSegments() {
		if l.unfinished(s) {
			return false
		}
	}
	return true
}
