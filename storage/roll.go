package storage

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"assay/inspection"
	"assay/internal/atomicfile"
)

// roomFor makes sure that there is an open segment of today with room for the batch.
func (l *Log) roomFor(batch []*request) error {
	if l.current != nil {
		if _, damage := l.current.state(); damage != nil || l.current.database() == nil {
			l.current = nil // a reader ran into damage
		}
	}
	if l.current == nil {
		return l.begin()
	}
	if l.current.name.day != l.today() {
		return l.roll()
	}
	return nil
}

// roll closes the open segment and begins the next one.
func (l *Log) roll() error {
	s := l.current
	if err := l.closeSegment(s, l.position); err != nil {
		if isDiskFull(err) {
			return classify("close segment "+s.path, err)
		}
		l.setAside(s, nil, errors.Is(err, inspection.ErrDamaged))
	}
	l.current = nil
	l.compactLater(s)
	return l.begin()
}

// closeSegment marks the segment as taking no more writes.
func (l *Log) closeSegment(s *segment, last position) error {
	header, _ := s.state()
	header.Closed = l.options.Clock().Truncate(time.Second)
	header.Last, header.Head = last.sequence, last.hash.String()
	db := s.database()
	err := guard(func() error {
		return db.Update(func(tx *bolt.Tx) error { return writeHeader(tx, header) })
	})
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.header = header
	return nil
}

// begin makes a new segment for today and lets it take the writes. The file gets
// its name only once it is whole.
func (l *Log) begin() error {
	s, err := l.createSegment(l.nextName())
	if err != nil {
		return classify("begin segment", err)
	}
	l.segmentsMutex.Lock()
	l.segments = append(l.segments, s)
	l.segmentsMutex.Unlock()
	l.current = s
	l.index.setSegments(noteSegments(l.snapshotSegments()))
	return nil
}

// nextName returns the first free name of today.
func (l *Log) nextName() segmentName {
	name := segmentName{day: l.today(), number: 1}
	for _, s := range l.snapshotSegments() {
		if s.name.day == name.day {
			name.number = max(name.number, s.name.number+1)
		}
	}
	for ; exists(name.path(l.dir)); name.number++ {
	}
	return name
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (l *Log) createSegment(name segmentName) (*segment, error) {
	s := &segment{name: name, path: name.path(l.dir), header: segmentHeader{
		Schema: SchemaVersion, Segment: name.String(), Created: l.options.Clock().Truncate(time.Second),
		First: l.position.sequence + 1, Previous: l.position.hash.String(),
	}}
	temporary := filepath.Join(filepath.Dir(s.path), "."+name.String()+".new"+temporarySuffix)
	if err := l.initialise(temporary, s.header); err != nil {
		return nil, errors.Join(err, removeIfThere(temporary))
	}
	if err := os.Rename(temporary, s.path); err != nil {
		return nil, errors.Join(err, removeIfThere(temporary))
	}
	if err := atomicfile.SyncFolder(filepath.Dir(s.path)); err != nil {
		return nil, errors.Join(err, removeIfThere(s.path))
	}
	db, err := l.openWritable(s.path)
	if err != nil {
		return nil, errors.Join(err, removeIfThere(s.path))
	}
	s.db = db
	return s, nil
}

// temporarySuffix ends the names of files that are not finished; Open removes what a crash left.
const temporarySuffix = ".tmp"

// initialise writes a segment without events.
func (l *Log) initialise(path string, header segmentHeader) error {
	if err := removeIfThere(path); err != nil {
		return err
	}
	db, err := openBolt(path, 0o600, bolt.Options{Timeout: l.options.LockTimeout})
	if err != nil {
		return err
	}
	err = guard(func() error {
		return db.Update(func(tx *bolt.Tx) error {
			for _, name := range [][]byte{bucketEvents, bucketImages} {
				if _, err := tx.CreateBucket(name); err != nil {
					return err
				}
			}
			return writeHeader(tx, header)
		})
	})
	return errors.Join(err, guard(db.Close))
}

// openWritable opens the segment that takes the writes. Its memory map has the
// segment's largest size from the start, so that growing never waits for readers.
func (l *Log) openWritable(path string) (*bolt.DB, error) {
	size := int(l.options.SegmentBytes)
	db, err := openBolt(path, 0o600, bolt.Options{Timeout: l.options.LockTimeout, MaxSize: size, InitialMmapSize: size})
	if err != nil {
		return nil, err
	}
	db.AllocSize = min(max(size/16, 64<<10), 16<<20) // the file grows in such steps, and must stay below MaxSize
	return db, nil
}
