package storage

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"

	"assay/inspection"
)

// Open opens the log in the folder, which is made where it is missing. It returns
//
//   - inspection.ErrLocked when another process holds it,
//   - inspection.ErrReadOnly or inspection.ErrDiskFull when nothing can be written in it,
//   - inspection.ErrNewerVersion when a newer program has written it; then not a byte is touched.
//
// Segments of an older schema are migrated. A damaged segment does not keep the
// log from opening: it is set aside, Health names it, and writing goes on in a new
// one. A missing, damaged or outdated index is built anew.
func Open(dir string, o Options) (*Log, error) {
	o = o.withDefaults()
	l := &Log{
		dir: dir, options: o, ids: newIDSource(),
		queue: make(chan *request), exclusive: make(chan func()), wake: make(chan struct{}, 1),
		stop: make(chan struct{}), written: make(chan struct{}),
	}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("open log %s: %w", dir, errors.Join(err, l.abandon()))
	}
	if o.ReadOnly {
		return l, nil
	}
	for _, s := range l.segments {
		if l.unfinished(s) {
			l.compactLater(s)
		}
	}
	go l.write()
	l.background.Go(l.flushIndex)
	return l, nil
}

// open does everything but start the goroutines.
func (l *Log) open() (err error) {
	if !l.options.ReadOnly {
		if err := os.MkdirAll(filepath.Join(l.dir, segmentFolder), 0o750); err != nil {
			return classify("make data folder", err)
		}
	}
	if l.lock, err = lockFolder(l.dir, l.options.ReadOnly, l.options.LockTimeout); err != nil {
		return err
	}
	if err := l.scan(); err != nil {
		return err
	}
	if err := refuseNewerIndex(filepath.Join(l.dir, indexFile), l.options); err != nil {
		return err
	}
	if err := l.prepareFolder(); err != nil {
		return err
	}
	return l.connectIndex()
}

// abandon lets go of what a failed open holds.
func (l *Log) abandon() error {
	var err error
	for _, s := range l.segments {
		err = errors.Join(err, s.close())
	}
	if l.index != nil {
		err = errors.Join(err, guard(l.index.db.Close))
	}
	return errors.Join(err, l.lock.release())
}

// scan reads the header of every segment file, and puts them in order.
func (l *Log) scan() error {
	files, err := os.ReadDir(filepath.Join(l.dir, segmentFolder))
	if errors.Is(err, os.ErrNotExist) && l.options.ReadOnly {
		return nil
	}
	if err != nil {
		return classify("read data folder", err)
	}
	for _, file := range files {
		base, isSegment := strings.CutSuffix(file.Name(), segmentExtension)
		name, err := parseSegmentName(base)
		if !isSegment || err != nil {
			continue // temporary files, and what is not ours
		}
		s := &segment{name: name, path: name.path(l.dir)}
		if err := l.inspect(s); err != nil {
			return err
		}
		l.segments = append(l.segments, s)
	}
	l.order()
	l.numberDamaged()
	return nil
}

// inspect reads the segment's header. Damage is noted in the segment; other
// errors are returned.
func (l *Log) inspect(s *segment) error {
	err := s.view(l.options.LockTimeout, func(tx *bolt.Tx) (err error) {
		s.header, err = readHeader(tx)
		return err
	})
	if errors.Is(err, inspection.ErrDamaged) {
		l.options.Logger.Error("damaged segment set aside", "file", s.path, "error", err)
		s.damage = fmt.Errorf("segment %s: %w", s.path, err)
		return s.close()
	}
	if errors.Is(err, inspection.ErrNewerVersion) {
		return fmt.Errorf("segment %s: %w", s.path, err)
	}
	return err
}

// order sorts the segments by their first event. One whose header cannot be read
// stands where its name would.
func (l *Log) order() {
	byName := func(a, b *segment) int {
		return cmp.Or(cmp.Compare(a.name.day, b.name.day), cmp.Compare(a.name.number, b.name.number))
	}
	slices.SortStableFunc(l.segments, byName)
	sound := slices.DeleteFunc(slices.Clone(l.segments), func(s *segment) bool { return s.damage != nil })
	slices.SortStableFunc(sound, func(a, b *segment) int { return cmp.Compare(a.header.First, b.header.First) })
	for i, s := range l.segments {
		if s.damage == nil {
			l.segments[i], sound = sound[0], sound[1:]
		}
	}
}

// prepareFolder makes the scanned folder ready to be written: migrates, removes
// what a crash left behind, and finds the segment that goes on taking writes.
func (l *Log) prepareFolder() error {
	if l.options.ReadOnly {
		return l.refuseOlder()
	}
	if err := l.removeTemporaries(); err != nil {
		return err
	}
	if err := l.migrate(); err != nil {
		return err
	}
	return l.resume()
}

// refuseOlder keeps a read-only log from reading what has to be migrated first.
func (l *Log) refuseOlder() error {
	for _, s := range l.segments {
		if s.damage == nil && s.header.Schema < SchemaVersion {
			return fmt.Errorf("%w: segment %s is of schema %d and has to be migrated: open the folder once for writing",
				inspection.ErrReadOnly, s.name, s.header.Schema)
		}
	}
	return nil
}

func (l *Log) removeTemporaries() error {
	for _, folder := range []string{l.dir, filepath.Join(l.dir, segmentFolder)} {
		left, err := filepath.Glob(filepath.Join(folder, ".*"+temporarySuffix))
		if err != nil {
			return fmt.Errorf("list %s: %w", folder, err)
		}
		for _, path := range left {
			if err := removeIfThere(path); err != nil {
				return classify("remove "+path, err)
			}
		}
	}
	return nil
}

// resume finds the newest event and the open segment. Segments left open that
// are not the newest are closed.
func (l *Log) resume() error {
	for i, s := range l.segments {
		if s.damage != nil {
			l.position = l.behindDamage()
			continue
		}
		if s.header.Closed.IsZero() {
			if err := l.reopen(s, i == len(l.segments)-1); err != nil {
				return err
			}
			continue
		}
		last, err := parseDigest(s.header.Head)
		if err != nil {
			return fmt.Errorf("segment %s: %w", s.path, err)
		}
		l.position = position{sequence: s.header.Last, hash: last}
	}
	return nil
}

// reopen opens an open segment for writing, after a look at its pages. A damaged
// one is set aside.
func (l *Log) reopen(s *segment, newest bool) error {
	if err := s.close(); err != nil {
		return err
	}
	err := checkPages(s.path)
	if err == nil {
		s.db, err = l.openWritable(s.path)
	}
	var last position
	if err == nil {
		err = guard(func() error {
			return s.db.View(func(tx *bolt.Tx) (err error) {
				last, err = lastPosition(tx)
				return err
			})
		})
	}
	if errors.Is(err, inspection.ErrDamaged) {
		l.setAside(s, fmt.Errorf("segment %s: %w", s.path, err), false)
		l.position = l.behindDamage()
		return nil
	}
	if err != nil {
		return classify("open segment "+s.path, err)
	}
	l.position = last
	if newest {
		l.current = s
		return nil
	}
	return l.closeSegment(s, last)
}

// sequenceGap is left in the numbering where a damaged segment hides how far it went.
const sequenceGap = 1 << 32

// behindDamage returns a place behind whatever a damaged segment may hold; its
// hash is the last one known, so that Verify reports the break.
func (l *Log) behindDamage() position {
	return position{sequence: l.position.sequence + sequenceGap, hash: l.position.hash}
}

// numberDamaged gives segments whose header cannot be read the first number they can have had.
func (l *Log) numberDamaged() {
	var last uint64
	for _, s := range l.segments {
		if s.header.First == 0 {
			s.header.First = last + 1
		}
		last = max(s.header.First, s.header.Last)
	}
}
