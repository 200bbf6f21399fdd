package station

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"assay/inspection"
)

// Promotion is the event that made a version the active one of its name. Events
// are only ever appended; a roll-back is an event too.
type Promotion struct {
	Name   string    `json:"name"`
	From   int       `json:"from"`
	To     int       `json:"to"`
	By     string    `json:"by"`
	Reason string    `json:"reason,omitempty"`
	At     time.Time `json:"at"`
}

// promotions reads the events, oldest first.
func (r *Registry) promotions() ([]Promotion, error) {
	data, err := os.ReadFile(r.promotionFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read promotions: %w", err)
	}
	var events []Promotion
	decoder := json.NewDecoder(bytes.NewReader(data))
	for decoder.More() {
		var p Promotion
		if err := decoder.Decode(&p); err != nil {
			return nil, fmt.Errorf("read promotions: %w: %w", inspection.ErrDamaged, err)
		}
		events = append(events, p)
	}
	return events, nil
}

func (r *Registry) promotionFile() string { return filepath.Join(r.dir, "promotions.jsonl") }

func activeVersion(events []Promotion, name string) (version int, promoted bool) {
	for _, p := range events {
		if p.Name == name {
			version, promoted = p.To, true
		}
	}
	return version, promoted
}

// Promotions returns the history of one name, oldest first; all names for "".
func (r *Registry) Promotions(name string) ([]Promotion, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, err := r.promotions()
	var list []Promotion
	for _, p := range all {
		if name == "" || p.Name == name {
			list = append(list, p)
		}
	}
	return list, err
}

// Promote makes a version the active one of its name. The former version stays
// and Rollback returns to it.
func (r *Registry) Promote(name string, version int, by, reason string, at time.Time) (Promotion, error) {
	target, err := r.Find(name, version)
	if err != nil {
		return Promotion{}, err
	}
	current, err := r.Find(name, 0)
	if err != nil {
		return Promotion{}, err
	}
	return r.record(Promotion{Name: name, From: current.Ref.Version, To: target.Ref.Version, By: by, Reason: reason, At: at})
}

// Rollback promotes the version that the last promotion of the name, or of any
// name for "", replaced. It fails with inspection.ErrNotFound where there is none.
func (r *Registry) Rollback(name, by string, at time.Time) (Promotion, error) {
	events, err := r.Promotions(name)
	if err != nil {
		return Promotion{}, err
	}
	if len(events) == 0 {
		return Promotion{}, fmt.Errorf("roll back %s: nothing was promoted: %w", name, inspection.ErrNotFound)
	}
	last := events[len(events)-1]
	return r.record(Promotion{Name: last.Name, From: last.To, To: last.From, By: by, Reason: "roll-back", At: at})
}

func (r *Registry) record(p Promotion) (Promotion, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	data, err := os.ReadFile(r.promotionFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, fmt.Errorf("read promotions: %w", err)
	}
	line, err := json.Marshal(p)
	if err != nil {
		return p, fmt.Errorf("encode promotion: %w", err)
	}
	if err := r.write(r.promotionFile(), append(append(data, line...), '\n')); err != nil {
		return p, fmt.Errorf("promote %s: %w", p.Name, err)
	}
	return p, nil
}

// storageError puts the trade's words on what the file system said.
func storageError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", inspection.ErrDiskFull, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %w", inspection.ErrReadOnly, err)
	}
	return err
}
