package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"assay/inspection"
	"assay/internal/atomicfile"
)

// Retain drops the oldest segments, whole, whose day ended longer than keep ago.
// The open segment stays, and so does everything after a segment that is damaged
// or not closed. Before a file goes, an event saying what it held and how its
// chain ended is appended, so that Verify can tell dropping from loss. A Verify or
// Rebuild under way is waited for. It returns the names of the files dropped, also
// along with an error.
func (l *Log) Retain(ctx context.Context, keep time.Duration) (dropped []string, err error) {
	now := l.options.Clock()
	for _, s := range l.snapshotSegments() {
		header, damage := s.state()
		if damage != nil || header.Closed.IsZero() || now.Sub(s.name.end(now.Location())) < keep {
			return dropped, nil
		}
		if err := ctx.Err(); err != nil {
			return dropped, fmt.Errorf("drop segments: %w", err)
		}
		if err := l.drop(s, header); err != nil {
			return dropped, fmt.Errorf("drop segment %s: %w", s.name, err)
		}
		dropped = append(dropped, filepath.Base(s.path))
	}
	return dropped, nil
}

// drop logs that the segment goes and removes it. A crash in between leaves the
// file, to be dropped again, or index entries, which the next Open removes.
func (l *Log) drop(s *segment, header segmentHeader) error {
	if l.options.ReadOnly {
		return inspection.ErrReadOnly
	}
	l.compacting.Lock()
	defer l.compacting.Unlock()
	l.dropping.Lock() // a Verify or Rebuild under way is waited for
	defer l.dropping.Unlock()
	records := 0
	err := s.view(l.options.LockTimeout, func(tx *bolt.Tx) error {
		records = tx.Bucket(bucketImages).Inspect().KeyN
		return nil
	})
	if err != nil {
		return err
	}
	body, err := json.Marshal(droppedBody{Segment: s.name.String(), First: header.First, Last: header.Last, Head: header.Head, Records: records})
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if err := l.logSystem(kindDropped, body, nil); err != nil {
		return err
	}
	return l.exclusively(func() error { return l.removeSegment(s, header) })
}

// removeSegment runs on the writer's goroutine, so that no review of a record
// that goes is logged meanwhile.
func (l *Log) removeSegment(s *segment, header segmentHeader) error {
	if err := l.index.purge([]sequenceRange{{first: header.First, last: header.Last}}); err != nil {
		return err
	}
	l.segmentsMutex.Lock()
	for i, other := range l.segments {
		if other == s {
			l.segments = append(l.segments[:i:i], l.segments[i+1:]...)
			break
		}
	}
	l.segmentsMutex.Unlock()
	l.index.setSegments(noteSegments(l.snapshotSegments()))
	s.mutex.Lock()
	s.gone = true
	s.mutex.Unlock()
	return classify("remove segment", errors.Join(os.Remove(s.path), s.close(), atomicfile.SyncFolder(filepath.Dir(s.path))))
}
