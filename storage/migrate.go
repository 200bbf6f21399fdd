package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"assay/inspection"
	"assay/internal/atomicfile"
)

// migration turns a segment of one schema into the next.
type migration struct {
	// from is the schema it reads; it writes from+1.
	from int
	// name says in words what changes.
	name string
	// apply writes into target what source holds, chained after the place given, and returns where that ends.
	apply func(m migrating, source, target *bolt.Tx) (position, error)
}

// migrating is what a migration is told of the segment beside its content.
type migrating struct {
	header segmentHeader // of the new file, not closed yet
	after  position
}

// migrations lists every step, oldest first. A step is never changed once it has
// been released.
var migrations = []migration{
	{from: 0, name: "chain records and reviews into events, IDs in 16 bytes", apply: migrateFrom0},
}

// keyOldSchema marks the files of schema 0, which had no header.
var keyOldSchema = []byte("schema")

// oldHeader returns what stands for a header in a file of schema 0.
func oldHeader(schema []byte) (segmentHeader, error) {
	version, err := strconv.Atoi(string(schema))
	if err != nil || version < 0 {
		return segmentHeader{}, fmt.Errorf("%w: schema %q", inspection.ErrDamaged, schema)
	}
	if version > SchemaVersion {
		return segmentHeader{}, fmt.Errorf("%w: schema %d, this program knows %d", inspection.ErrNewerVersion, version, SchemaVersion)
	}
	return segmentHeader{Schema: version}, nil
}

// migrate brings every segment to the present schema, oldest first, each in a
// new file that takes the place of the old one when it is whole. A crash at any
// moment leaves the old or the new; the next start goes on.
func (l *Log) migrate() error {
	var after position
	for _, s := range l.segments {
		if s.damage != nil {
			continue
		}
		for s.header.Schema < SchemaVersion {
			if err := l.migrateSegment(s, after); err != nil {
				return classify("migrate "+s.path, err)
			}
		}
		if s.header.Closed.IsZero() {
			continue
		}
		head, err := parseDigest(s.header.Head)
		if err != nil {
			return fmt.Errorf("segment %s: %w", s.path, err)
		}
		after = position{sequence: s.header.Last, hash: head}
	}
	return nil
}

// migrateSegment takes the segment one step on.
func (l *Log) migrateSegment(s *segment, after position) error {
	step, err := stepFrom(s.header.Schema)
	if err != nil {
		return err
	}
	l.options.Logger.Info("migrating segment", "segment", s.name, "step", step.name)
	temporary := filepath.Join(filepath.Dir(s.path), "."+s.name.String()+".migrate"+temporarySuffix)
	header := segmentHeader{
		Schema: step.from + 1, Segment: s.name.String(), Created: l.options.Clock(),
		First: after.sequence + 1, Previous: after.hash.String(),
	}
	if err := l.initialise(temporary, header); err != nil {
		return errors.Join(err, removeIfThere(temporary))
	}
	header, err = l.applyStep(s, step, temporary, migrating{header: header, after: after})
	if err != nil {
		return errors.Join(err, removeIfThere(temporary))
	}
	if err := errors.Join(s.close(), os.Rename(temporary, s.path)); err != nil {
		return errors.Join(err, removeIfThere(temporary))
	}
	s.header = header
	return atomicfile.SyncFolder(filepath.Dir(s.path))
}

// applyStep fills the temporary file and closes the segment in it.
func (l *Log) applyStep(s *segment, step migration, temporary string, m migrating) (segmentHeader, error) {
	target, err := openBolt(temporary, 0o600, bolt.Options{Timeout: l.options.LockTimeout})
	if err != nil {
		return m.header, err
	}
	err = s.view(l.options.LockTimeout, func(source *bolt.Tx) error {
		return target.Update(func(tx *bolt.Tx) error {
			last, err := step.apply(m, source, tx)
			if err != nil {
				return err
			}
			m.header.Closed = l.options.Clock()
			m.header.Last, m.header.Head = last.sequence, last.hash.String()
			return writeHeader(tx, m.header)
		})
	})
	return m.header, errors.Join(err, guard(target.Close))
}

func stepFrom(schema int) (migration, error) {
	for _, m := range migrations {
		if m.from == schema {
			return m, nil
		}
	}
	return migration{}, fmt.Errorf("%w: no way from schema %d", inspection.ErrDamaged, schema)
}
