package uitest

import (
	"fmt"
	"time"

	"assay/inspection"
	"assay/station"
)

// Promote notes the call and keeps the promotion.
func (s *Station) Promote(name string, version int, limits *inspection.Thresholds, by, reason string) error {
	text := "own"
	if limits != nil {
		text = fmt.Sprintf("%.2f/%.2f", limits.Pass, limits.Fail)
	}
	if err := s.call("Promote", fmt.Sprintf("Promote %s %d %s %s %q", name, version, text, by, reason)); err != nil {
		return err
	}
	s.activate(s.promotion(name, version, by, reason))
	return nil
}

// promotion is the event that gives the line that version.
func (s *Station) promotion(name string, version int, by, reason string) station.Promotion {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := station.Promotion{Name: name, To: version, By: by, Reason: reason}
	for _, m := range s.models {
		if m.Ref.Name == name && m.Active {
			p.From = m.Ref.Version
		}
	}
	if now := s.status.Model; now.Name != name {
		p.Line = &station.LineChange{Recipe: s.status.Recipe.Name, From: now.Name, FromVersion: now.Version, To: name, ToVersion: version}
	}
	return p
}

func (s *Station) activate(p station.Promotion) {
	after := p.After()
	p.At = time.Now()
	s.Change(func(st *station.Status) {
		for i, m := range s.models {
			if m.Ref.Name != after.Name {
				continue
			}
			s.models[i].Active = m.Ref.Version == after.Version
			if s.models[i].Active {
				st.Model = m.Ref
			}
		}
		s.bench.promotions = append(s.bench.promotions, p)
	})
}

// Standing returns what Stand was told; by itself the active version of the name that judges, and a roll-back of the
// promotion before the last roll-back of that name.
func (s *Station) Standing() (station.Standing, error) {
	if err := s.call("Standing", "Standing"); err != nil {
		return station.Standing{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bench.standing != nil {
		return *s.bench.standing, nil
	}
	var standing station.Standing
	for _, m := range s.models {
		if m.Active && m.Ref.Name == s.status.Model.Name {
			standing.Chosen = m.Ref
		}
	}
	var row []station.Promotion
	for _, p := range s.bench.promotions {
		switch {
		case p.After().Name != s.status.Model.Name && p.Before().Name != s.status.Model.Name:
		case p.Kind == station.KindRollback:
			row = row[:max(len(row)-1, 0)]
		default:
			row = append(row, p)
		}
	}
	if len(row) > 0 {
		last := row[len(row)-1]
		undo := station.Promotion{Name: last.Name, From: last.To, To: last.From, Kind: station.KindRollback}
		if l := last.Line; l != nil {
			undo.Line = &station.LineChange{Recipe: l.Recipe, From: l.To, FromVersion: l.ToVersion, To: l.From, ToVersion: l.FromVersion}
		}
		standing.Undo = &undo
	}
	return standing, nil
}

// Stand has Standing return that.
func (s *Station) Stand(standing station.Standing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bench.standing = &standing
}

// Rollback notes the call and does what Standing says it would.
func (s *Station) Rollback(name, by, reason string) (station.Promotion, error) {
	if err := s.call("Rollback", fmt.Sprintf("Rollback %s %s %q", name, by, reason)); err != nil {
		return station.Promotion{}, err
	}
	standing, _ := s.Standing()
	if standing.Undo == nil {
		return station.Promotion{}, inspection.ErrNotFound
	}
	p := *standing.Undo
	p.By, p.Reason = by, reason
	s.activate(p)
	return p, nil
}

// Promotions returns the history, oldest first.
func (s *Station) Promotions(name string) (list []station.Promotion, err error) {
	err = s.call("Promotions", "Promotions "+name)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.bench.promotions {
		if name == "" || p.Name == name {
			list = append(list, p)
		}
	}
	return list, err
}
