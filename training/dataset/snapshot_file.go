package dataset

import (
	"encoding/hex"
	"encoding/json"
	"fmt"

	"assay/inspection"
)

// snapshotFormat is the newest format of a snapshot's file that this program knows.
const snapshotFormat = 1

// maxSnapshot bounds a snapshot's file: a million images and more.
const maxSnapshot = 1 << 30

// encode sets the ID and returns the file: the same snapshot, the same bytes.
func (s *Snapshot) encode() ([]byte, error) {
	s.ID = ""
	bare, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write data set %s: %w", s.Ref(), err)
	}
	s.ID = digestOf(bare)
	data, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write data set %s: %w", s.Ref(), err)
	}
	return append(data, '\n'), nil
}

// ParseSnapshot reads a snapshot's file and checks it to the last entry. Errors
// wrap inspection.ErrDamaged or inspection.ErrNewerVersion.
func ParseSnapshot(data []byte) (*Snapshot, error) {
	var head struct {
		Format int `json:"format"`
	}
	if len(data) > maxSnapshot {
		return nil, fmt.Errorf("%w: a data set of %d bytes", inspection.ErrDamaged, len(data))
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("%w: data set: %w", inspection.ErrDamaged, err)
	}
	if head.Format > snapshotFormat {
		return nil, fmt.Errorf("%w: data set of format %d", inspection.ErrNewerVersion, head.Format)
	}
	var s Snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%w: data set: %w", inspection.ErrDamaged, err)
	}
	if err := s.validate(); err != nil {
		return nil, fmt.Errorf("%w: data set: %w", inspection.ErrDamaged, err)
	}
	written := s.ID
	if _, err := s.encode(); err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrDamaged, err)
	}
	if s.ID != written {
		return nil, fmt.Errorf("%w: data set %s does not match its own digest", inspection.ErrDamaged, s.Ref())
	}
	return &s, nil
}

func (s *Snapshot) validate() error {
	if s.Format != snapshotFormat || s.Version < 1 {
		return fmt.Errorf("format %d, version %d", s.Format, s.Version)
	}
	if err := CheckName(s.Name); err != nil {
		return err
	}
	if err := s.Split.Validate(); err != nil {
		return err
	}
	for i, e := range s.Entries {
		if err := e.validate(len(s.Sources)); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		if i == 0 {
			continue
		}
		if before := s.Entries[i-1]; before.Source > e.Source || before.Source == e.Source && before.Name >= e.Name {
			return fmt.Errorf("entry %d: %q is out of order", i, e.Name)
		}
	}
	return nil
}

func (e Entry) validate(sources int) error {
	digest, err := hex.DecodeString(e.Digest)
	if err != nil || len(digest) != 32 || e.Digest != hex.EncodeToString(digest) {
		return fmt.Errorf("digest %q", e.Digest)
	}
	if _, ok := e.Class.Class(); !ok {
		return fmt.Errorf("class %q", e.Class)
	}
	if e.Source < 0 || e.Source >= sources || e.Name == "" {
		return fmt.Errorf("image %q of source %d", e.Name, e.Source)
	}
	if !validPart(e.Part) || e.Folder != "" && !validPart(e.Folder) {
		return fmt.Errorf("parts %q and %q", e.Part, e.Folder)
	}
	return nil
}

func validPart(p Part) bool { return p == Train || p == Validation || p == Test }
