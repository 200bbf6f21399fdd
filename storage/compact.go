package storage

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"assay/inspection"
	"assay/internal/atomicfile"
)

// compactLater rewrites a closed segment without free pages, in the background.
func (l *Log) compactLater(s *segment) {
	l.background.Go(func() {
		l.compacting.Lock() // one at a time is load enough beside the line
		defer l.compacting.Unlock()
		select {
		case <-l.stop:
			return // the next start goes on
		default:
		}
		if err := l.finish(s); err != nil && !errors.Is(err, inspection.ErrClosed) {
			l.options.Logger.Warn("closed segment left as it is until the next start", "segment", s.name, "error", err)
		}
	})
}

// finish gives a closed segment its final form and logs what that is.
func (l *Log) finish(s *segment) error {
	header, damage := s.state()
	if damage != nil || header.Closed.IsZero() {
		return damage
	}
	if !header.Compacted {
		if err := l.compact(s, header); err != nil {
			return err
		}
	}
	seal, err := describeFile(s)
	if err != nil {
		return err
	}
	body, err := json.Marshal(seal)
	if err != nil {
		return fmt.Errorf("encode seal: %w", err)
	}
	return l.logSystem(kindSealed, body, &seal)
}

// logSystem appends an event of the log's own.
func (l *Log) logSystem(k kind, body []byte, seal *sealedBody) error {
	id, err := l.ids.next(l.options.Clock())
	if err != nil {
		return err
	}
	r := &request{event: event{kind: k, id: id, body: body}, seal: seal, reply: make(chan error, 1)}
	select {
	case l.queue <- r:
		return <-r.reply
	case <-l.stop:
		return inspection.ErrClosed
	}
}

// compact writes the segment anew into a temporary file, checks that, and puts
// it in the place of the former one.
func (l *Log) compact(s *segment, header segmentHeader) error {
	temporary := filepath.Join(filepath.Dir(s.path), "."+s.name.String()+".compact"+temporarySuffix)
	if err := l.writeCompacted(s, temporary, header); err != nil {
		return errors.Join(classify("compact "+s.path, err), removeIfThere(temporary))
	}
	if err := os.Chmod(temporary, 0o400); err != nil {
		return errors.Join(err, removeIfThere(temporary))
	}
	if err := os.Rename(temporary, s.path); err != nil {
		return errors.Join(err, removeIfThere(temporary))
	}
	if err := atomicfile.SyncFolder(filepath.Dir(s.path)); err != nil {
		return err
	}
	header.Compacted = true
	s.mutex.Lock()
	s.header = header
	s.mutex.Unlock()
	return s.replace(nil) // the next reader opens the new file
}

// writeCompacted copies the segment into the temporary file and makes sure that
// nothing is missing there.
func (l *Log) writeCompacted(s *segment, temporary string, header segmentHeader) error {
	if err := removeIfThere(temporary); err != nil {
		return err
	}
	if err := s.ensureOpen(l.options.LockTimeout); err != nil {
		return err
	}
	source := s.database()
	if source == nil {
		return inspection.ErrClosed
	}
	target, err := openBolt(temporary, 0o600, bolt.Options{Timeout: l.options.LockTimeout, NoSync: true, NoGrowSync: true})
	if err != nil {
		return err
	}
	target.AllocSize = os.Getpagesize() // leave no room behind the last page
	err = guard(func() error {
		if err := bolt.Compact(target, source, compactBytes); err != nil {
			return err
		}
		header.Compacted = true
		if err := target.Update(func(tx *bolt.Tx) error { return writeHeader(tx, header) }); err != nil {
			return err
		}
		return target.Sync()
	})
	if err := errors.Join(err, guard(target.Close)); err != nil {
		return err
	}
	return checkCompacted(temporary, header, l.options.LockTimeout)
}

// compactBytes is how much a compaction holds in memory at a time.
const compactBytes = 8 << 20

// checkCompacted refuses a compacted file that is not sound or ends elsewhere than its original.
func checkCompacted(path string, header segmentHeader, timeout time.Duration) error {
	if err := checkPages(path); err != nil {
		return err
	}
	db, err := openBolt(path, 0o600, bolt.Options{ReadOnly: true, Timeout: timeout})
	if err != nil {
		return err
	}
	var last position
	err = guard(func() error {
		return db.View(func(tx *bolt.Tx) (err error) {
			last, err = lastPosition(tx)
			return err
		})
	})
	if err == nil && (last.sequence != header.Last || last.hash.String() != header.Head) {
		err = fmt.Errorf("%w: the copy ends at event %d, want %d", inspection.ErrDamaged, last.sequence, header.Last)
	}
	return errors.Join(err, guard(db.Close))
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// describeFile returns the seal of the segment's file as it is.
func describeFile(s *segment) (sealedBody, error) {
	file, err := os.Open(s.path)
	if err != nil {
		return sealedBody{}, err
	}
	defer file.Close() //nolint:errcheck // read only
	sum := sha256.New()
	n, err := io.Copy(sum, file)
	if err != nil {
		return sealedBody{}, fmt.Errorf("read %s: %w", s.path, err)
	}
	return sealedBody{Segment: s.name.String(), SHA256: digest(sum.Sum(nil)).String(), Bytes: n}, nil
}
