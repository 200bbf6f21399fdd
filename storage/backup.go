package storage

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"assay/inspection"
	"assay/internal/atomicfile"
)

// manifestFile is the last member of a backup.
const manifestFile = "manifest.json"

// manifest says what a backup holds.
type manifest struct {
	Schema  int          `json:"schema"`
	Created time.Time    `json:"created"`
	Files   []sealedBody `json:"files"`
}

// Backup writes a consistent copy of all segments into one tar file, which
// appears under its name only when it is whole. It holds everything acknowledged
// before the call; Appends go on meanwhile. A damaged segment is an error: a backup
// that leaves something out must not look like one. Restore reads it.
func (l *Log) Backup(ctx context.Context, file string) error {
	sources, err := l.backupSources()
	defer func() {
		for _, s := range sources {
			s.close()
		}
	}()
	if err == nil {
		err = atomicfile.WriteTo(file, 0o600, func(w io.Writer) error {
			return writeBackup(ctx, w, sources, l.options.Clock())
		})
	}
	return classify("back up log", err)
}

// backupSource is one segment held still: a closed one in its final form by its
// open file, so that the copy is the same byte for byte, another by a read
// transaction.
type backupSource struct {
	name string
	file *os.File
	size int64
	tx   *bolt.Tx
}

func (s backupSource) close() {
	if s.file != nil {
		_ = s.file.Close() // only read
		return
	}
	_ = s.tx.Rollback() // a read transaction has nothing to lose
}

// copyTo writes the segment's bytes.
func (s backupSource) copyTo(w io.Writer) error {
	if s.file != nil {
		_, err := io.Copy(w, s.file)
		return err
	}
	return guard(func() error {
		_, err := s.tx.WriteTo(w)
		return err
	})
}

// holdSegment opens the segment for a backup.
func (l *Log) holdSegment(s *segment) (backupSource, error) {
	source := backupSource{name: s.name.String()}
	header, damage := s.state()
	if damage != nil {
		return source, damage
	}
	if !header.Compacted {
		tx, err := s.begin(l.options.LockTimeout)
		if err != nil {
			return source, err
		}
		source.tx, source.size = tx, tx.Size()
		return source, nil
	}
	file, err := os.Open(s.path)
	if err != nil {
		return source, err
	}
	info, err := file.Stat()
	if err != nil {
		return source, errors.Join(err, file.Close())
	}
	source.file, source.size = file, info.Size()
	return source, nil
}

// backupSources holds every segment between two commits.
func (l *Log) backupSources() (sources []backupSource, err error) {
	begin := func() error {
		for _, s := range l.snapshotSegments() {
			source, err := l.holdSegment(s)
			if err != nil {
				return err
			}
			sources = append(sources, source)
		}
		return nil
	}
	if l.options.ReadOnly {
		err = begin()
		return sources, err
	}
	err = l.exclusively(begin)
	return sources, err
}

func writeBackup(ctx context.Context, w io.Writer, sources []backupSource, now time.Time) error {
	archive := tar.NewWriter(w)
	m := manifest{Schema: SchemaVersion, Created: now, Files: []sealedBody{}}
	for _, s := range sources {
		if err := ctx.Err(); err != nil {
			return err
		}
		header := tar.Header{Name: segmentFolder + "/" + s.name + segmentExtension, Mode: 0o600, Size: s.size, ModTime: now, Format: tar.FormatPAX}
		if err := archive.WriteHeader(&header); err != nil {
			return err
		}
		sum := sha256.New()
		if err := s.copyTo(io.MultiWriter(archive, sum)); err != nil {
			return fmt.Errorf("copy segment %s: %w", s.name, err)
		}
		m.Files = append(m.Files, sealedBody{Segment: s.name, SHA256: digest(sum.Sum(nil)).String(), Bytes: s.size})
	}
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	header := tar.Header{Name: manifestFile, Mode: 0o600, Size: int64(len(content)), ModTime: now, Format: tar.FormatPAX}
	if err := archive.WriteHeader(&header); err != nil {
		return err
	}
	if _, err := archive.Write(content); err != nil {
		return err
	}
	return archive.Close()
}

// Restore unpacks a backup into the folder, which must not hold a log yet. A
// backup that is cut short or changed is inspection.ErrDamaged and leaves nothing
// behind. Open then builds the index.
func Restore(ctx context.Context, file, dir string) error {
	target := filepath.Join(dir, segmentFolder)
	if exists(target) {
		return fmt.Errorf("restore log: %w: %s", inspection.ErrExists, target)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return classify("restore log", err)
	}
	temporary, err := os.MkdirTemp(dir, ".restore-*"+temporarySuffix)
	if err != nil {
		return classify("restore log", err)
	}
	err = unpack(ctx, file, temporary)
	if err == nil {
		err = os.Rename(temporary, target)
	}
	if err == nil {
		err = atomicfile.SyncFolder(dir)
	}
	if err != nil {
		err = errors.Join(err, os.RemoveAll(temporary))
	}
	return classify("restore log from "+file, err)
}

// unpack writes the members into the folder and compares them with the manifest.
func unpack(ctx context.Context, file, folder string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	archive := tar.NewReader(f)
	found := map[string]sealedBody{}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		header, err := archive.Next()
		if err != nil {
			return fmt.Errorf("%w: it ends without a manifest: %w", inspection.ErrDamaged, err)
		}
		if header.Name == manifestFile {
			return checkManifest(archive, found)
		}
		base, ok := strings.CutPrefix(header.Name, segmentFolder+"/")
		base, bolt := strings.CutSuffix(base, segmentExtension)
		name, err := parseSegmentName(base)
		if !ok || !bolt || err != nil {
			return fmt.Errorf("%w: it holds %q", inspection.ErrDamaged, header.Name)
		}
		member, err := unpackMember(archive, filepath.Join(folder, name.String()+segmentExtension), name)
		if err != nil {
			return err
		}
		found[member.Segment] = member
	}
}

func unpackMember(r io.Reader, path string, name segmentName) (sealedBody, error) {
	sum := sha256.New()
	var n int64
	err := atomicfile.WriteTo(path, 0o600, func(w io.Writer) (err error) {
		n, err = io.Copy(io.MultiWriter(w, sum), r)
		return err
	})
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, tar.ErrHeader) {
		err = fmt.Errorf("%w: it is cut short: %w", inspection.ErrDamaged, err)
	}
	return sealedBody{Segment: name.String(), SHA256: digest(sum.Sum(nil)).String(), Bytes: n}, err
}

func checkManifest(r io.Reader, found map[string]sealedBody) error {
	content, err := io.ReadAll(io.LimitReader(r, 64<<20))
	if err != nil {
		return err
	}
	var m manifest
	if err := decodeJSON(content, &m); err != nil {
		return fmt.Errorf("%w: manifest: %w", inspection.ErrDamaged, err)
	}
	if m.Schema > SchemaVersion {
		return fmt.Errorf("%w: schema %d", inspection.ErrNewerVersion, m.Schema)
	}
	if len(m.Files) != len(found) {
		return fmt.Errorf("%w: it holds %d segments, the manifest names %d", inspection.ErrDamaged, len(found), len(m.Files))
	}
	for _, file := range m.Files {
		if found[file.Segment] != file {
			return fmt.Errorf("%w: segment %s does not match the manifest", inspection.ErrDamaged, file.Segment)
		}
	}
	return nil
}
