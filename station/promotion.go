package station

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	// Kind is KindRollback, or empty for a promotion.
	Kind string `json:"kind,omitempty"`
	// Thresholds are the line's while the version is active; nil leaves them to recipe and model.
	Thresholds *inspection.Thresholds `json:"thresholds,omitempty"`
	// Line is set where the event also gave a line another model than the one of that name.
	Line *LineChange `json:"line,omitempty"`
}

// KindRollback marks the promotion that undid the one before.
const KindRollback = "roll-back"

// rollback also knows events from before they had a kind.
func (p Promotion) rollback() bool {
	return p.Kind == KindRollback || p.Kind == "" && p.Reason == KindRollback
}

// PromotionOptions says who promotes, why, and which thresholds come with it.
type PromotionOptions struct {
	By, Reason string
	// Thresholds are nil to leave them to recipe and model.
	Thresholds *inspection.Thresholds
	// Recipe is the one that judges with the version from then on; without a name no recipe changes its model.
	Recipe inspection.Recipe
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

// activation is one version in its time as the active one.
type activation struct {
	version    int
	thresholds *inspection.Thresholds
	line       *LineChange // what came with it, undone with it
}

// history folds the events of one name to the row of versions that roll-backs go
// back along; the last one is active. It is empty where nothing was promoted.
func history(events []Promotion, name string) []activation {
	var row []activation
	for _, p := range events {
		switch {
		case p.Name != name:
		case p.rollback() && len(row) > 1:
			row = row[:len(row)-1]
		default:
			if len(row) == 0 {
				row = append(row, activation{version: p.From})
			}
			row = append(row, activation{p.To, p.Thresholds, p.Line})
		}
	}
	return row
}

// Promotions returns the history of one name, oldest first; all names for "".
func (r *Registry) Promotions(name string) ([]Promotion, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, err := r.promotions()
	return slices.DeleteFunc(all, func(p Promotion) bool { return name != "" && p.Name != name }), err
}

// Promote makes a version the active one of its name. The former version stays,
// readable or not, and Rollback returns to it. Processes that promote at once
// come one after the other.
func (r *Registry) Promote(name string, version int, o PromotionOptions, at time.Time) (Promotion, error) {
	if o.Thresholds != nil {
		if err := o.Thresholds.Validate(); err != nil {
			return Promotion{}, fmt.Errorf("promote %s: %w", name, err)
		}
	}
	target, err := r.Find(name, version)
	if err != nil {
		return Promotion{}, err
	}
	p := Promotion{Name: name, To: target.Ref.Version, By: o.By, Reason: o.Reason, At: at, Thresholds: o.Thresholds}
	err = r.record(&p, func(events []Promotion) error {
		if p.From, err = r.activeVersion(events, name); err != nil {
			return err
		}
		p.Line, err = r.lineChange(events, p, o.Recipe)
		return err
	})
	return p, err
}

// Rollback returns to the version that was active before the present one came,
// of the name, or of the name promoted last for "": one step back each time. Where
// the present one came with another model for a line, the line gets the former
// back. It fails with inspection.ErrNotFound where there is no step back, and with
// an error that names the version where that cannot be read any more.
func (r *Registry) Rollback(name, by, reason string, at time.Time) (Promotion, error) {
	p := Promotion{Name: name}
	err := r.record(&p, func(events []Promotion) (err error) {
		if name == "" && len(events) > 0 {
			name = events[len(events)-1].Name
		}
		if p, err = r.undo(events, name); err != nil {
			return err
		}
		p.By, p.Reason, p.At = by, reason, at
		for _, to := range []inspection.ModelRef{{Name: p.Name, Version: p.To}, p.After()} {
			if err := r.readable(to.Name, to.Version); err != nil {
				return fmt.Errorf("roll back to %s: %w", reference(to), err)
			}
		}
		return nil
	})
	return p, err
}

// Undo returns the event that Rollback of the name would append now, without who,
// when and why. It fails with inspection.ErrNotFound where there is no step back.
func (r *Registry) Undo(name string) (Promotion, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	events, err := r.promotions()
	if err != nil {
		return Promotion{}, err
	}
	return r.undo(events, name)
}

// undo is what undoes the last step that earlier roll-backs have left of a name.
func (r *Registry) undo(events []Promotion, name string) (Promotion, error) {
	row := history(events, name)
	if len(row) < 2 {
		return Promotion{}, fmt.Errorf("roll back %s: nothing was promoted that could be undone: %w", name, inspection.ErrNotFound)
	}
	now, before := row[len(row)-1], row[len(row)-2]
	p := Promotion{Name: name, From: now.version, To: before.version, Thresholds: before.thresholds, Kind: KindRollback}
	if now.line == nil || !inForce(events, *now.line) {
		return p, nil
	}
	version, err := r.activeVersion(events, now.line.From)
	p.Line = &LineChange{Recipe: now.line.Recipe, From: name, FromVersion: now.version, To: now.line.From, ToVersion: version}
	return p, err
}

// record appends an event that decide has completed from all events so far. The
// lock makes that one step for every process with this folder.
func (r *Registry) record(p *Promotion, decide func([]Promotion) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	unlock, err := r.lock()
	if err != nil {
		return fmt.Errorf("promote %s: %w", p.Name, err)
	}
	defer unlock()
	events, err := r.promotions()
	if err != nil {
		return err
	}
	if err := decide(events); err != nil {
		return err
	}
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, e := range append(events, *p) {
		if err := encoder.Encode(e); err != nil {
			return fmt.Errorf("encode promotion: %w", err)
		}
	}
	if err := r.write(r.promotionFile(), lines.Bytes()); err != nil {
		return fmt.Errorf("promote %s: %w", p.Name, err)
	}
	return nil
}
