package dataset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// holds reports whether the other version differs from this one in nothing but
// which version it is, who made it, when and why.
func (s *Snapshot) holds(other *Snapshot) (bool, error) {
	mine, err := s.content()
	if err != nil {
		return false, err
	}
	theirs, err := other.content()
	return bytes.Equal(mine, theirs), err
}

// content writes down what a version holds, whichever version it is. When an import
// left an image out does not count: each judges that anew.
func (s *Snapshot) content() ([]byte, error) {
	bare := Snapshot{Split: s.Split, Near: s.Near, Sources: s.Sources, Entries: slices.Clone(s.Entries)}
	for i, e := range bare.Entries {
		if e.Excluded != nil && e.Excluded.ByImport() {
			bare.Entries[i].Excluded = &Exclusion{Reason: e.Excluded.Reason, By: importer, At: time.Time{}}
		}
	}
	data, err := json.Marshal(bare)
	if err != nil {
		return nil, fmt.Errorf("compare data set %s: %w", s.Ref(), err)
	}
	return data, nil
}
