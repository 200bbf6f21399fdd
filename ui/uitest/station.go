// Package uitest is a station in memory for tests of the window: it keeps what
// it is told and can be made to fail.
package uitest

import (
	"context"
	"errors"
	"fmt"
	"image"
	"slices"
	"sync"
	"time"

	"assay/inspection"
	"assay/station"
)

// Station stands in for *station.Station. It is safe for concurrent use.
type Station struct {
	frames   station.Signal[inspection.Frame]
	judged   station.Signal[station.Judgement]
	changed  station.Signal[station.Status]
	training station.Signal[station.TrainingStatus]

	mu       sync.Mutex
	status   station.Status
	trained  station.TrainingStatus
	records  []inspection.Record // oldest first
	images   map[string]image.Image
	failures map[string]error
	gates    map[string]chan struct{} // of methods that wait
	calls    []string
	models   []station.ModelInfo
	bench    bench
}

// New returns a station with the recipe and model "casting" that looks at a demo line.
func New() *Station {
	limits := inspection.Thresholds{Pass: 0.2, Fail: 0.8}
	ref := Model("casting", 3).Ref
	return &Station{
		status: station.Status{Recipe: Recipes[0], Model: ref, Engine: "native", Thresholds: limits, Source: "demo", SourceLabel: "Demo line",
			SourceState: station.SourceLive, FrameRate: 30, Trigger: inspection.TriggerManual, Operator: "M. Keller", Lot: "4711"},
		trained:  station.TrainingStatus{State: station.TrainingIdle},
		images:   make(map[string]image.Image),
		failures: make(map[string]error),
		bench:    newBench(),
		models:   []station.ModelInfo{Model("casting", 2), active(Model("casting", 3)), active(Model("demo", 1))},
	}
}

// Recipes are the station's recipes.
var Recipes = []inspection.Recipe{
	{Name: "Casting impeller", Part: "Casting impeller", Model: "casting", SourceKind: "camera", Trigger: inspection.TriggerManual},
	{Name: "Demo impeller", Part: "Demo impeller", Model: "demo", SourceKind: "demo", Trigger: inspection.TriggerPartPresent},
}

// Model returns a registered model.
func Model(name string, version int) station.ModelInfo {
	return station.ModelInfo{Ref: inspection.ModelRef{Name: name, Version: version, SHA256: fmt.Sprintf("%s-%d-digest", name, version)},
		Card: inspection.ModelCard{Name: name, Version: version, Architecture: "custom", Input: inspection.InputSpec{Channels: 1, Height: 100, Width: 100},
			Thresholds: inspection.Thresholds{Pass: 0.2, Fail: 0.8}, Parameters: inspection.Parameters{Total: 5865}, Epochs: 15, BestEpoch: 12}}
}

func active(m station.ModelInfo) station.ModelInfo {
	m.Active = true
	return m
}

// Record returns a record of the n-th part with that score, made at that time.
func Record(n int, score float64, at time.Time) inspection.Record {
	limits := inspection.Thresholds{Pass: 0.2, Fail: 0.8}
	return inspection.Record{ID: fmt.Sprintf("01K%010d", n), Time: at, Source: "demo", Frame: uint64(n), Recipe: "Casting impeller", Lot: "4711",
		Model: inspection.ModelRef{Name: "casting", Version: 3, SHA256: "5f2ac0ffee"}, Engine: "native", Score: score, Thresholds: limits,
		LatencyMS: 3.1, Machine: inspection.Decision{Verdict: limits.Judge(score), By: "casting 3", At: at}, Width: 64, Height: 48, MediaType: "image/png"}
}

// Fail has every later call of a method return the error; nil heals it.
func (s *Station) Fail(method string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures[method] = err
}

// Hold lets calls of a method wait until they are released.
func (s *Station) Hold(method string) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gates == nil {
		s.gates = map[string]chan struct{}{}
	}
	gate := make(chan struct{})
	s.gates[method] = gate
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.gates, method)
		close(gate)
	}
}

// Calls returns what was called, such as "SelectModel casting 2".
func (s *Station) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Called reports whether a call was made.
func (s *Station) Called(call string) bool { return slices.Contains(s.Calls(), call) }

// Change changes the status and tells it.
func (s *Station) Change(f func(*station.Status)) {
	s.mu.Lock()
	f(&s.status)
	status := s.status
	status.Recent = slices.Clone(status.Recent)
	s.mu.Unlock()
	s.changed.Emit(status)
}

// Show emits a frame.
func (s *Station) Show(f inspection.Frame) { s.frames.Emit(f) }

// Judge keeps a record with its image and tells it.
func (s *Station) Judge(r inspection.Record, img image.Image) {
	s.mu.Lock()
	s.records = append(s.records, r)
	s.images[r.ID] = img
	s.mu.Unlock()
	s.Change(func(st *station.Status) {
		st.Recent = append([]inspection.Record{r}, st.Recent...)
		st.Recent = st.Recent[:min(len(st.Recent), station.RecentLength)]
		switch r.Machine.Verdict {
		case inspection.Pass:
			st.Counters.Pass++
		case inspection.Fail:
			st.Counters.Fail++
		default:
			st.Counters.Review++
		}
	})
	s.judged.Emit(station.Judgement{Record: r, Image: img})
}

// Train sets how the training is doing and tells it.
func (s *Station) Train(t station.TrainingStatus) {
	s.mu.Lock()
	s.trained = t
	s.mu.Unlock()
	s.training.Emit(t)
}

func (s *Station) call(method, text string) error {
	s.mu.Lock()
	s.calls = append(s.calls, text)
	err, gate := s.failures[method], s.gates[method]
	s.mu.Unlock()
	if gate != nil {
		<-gate
	}
	return err
}

// Frames is part of the window's interface, as are all methods below.
func (s *Station) Frames() *station.Signal[inspection.Frame] { return &s.frames }

// Judged returns the signal of judgements.
func (s *Station) Judged() *station.Signal[station.Judgement] { return &s.judged }

// Changed returns the signal of statuses.
func (s *Station) Changed() *station.Signal[station.Status] { return &s.changed }

// TrainingChanged returns the signal of the training.
func (s *Station) TrainingChanged() *station.Signal[station.TrainingStatus] { return &s.training }

// Snapshot returns the status.
func (s *Station) Snapshot() station.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	status.Recent = slices.Clone(status.Recent)
	return status
}

// Recipes returns the recipes.
func (s *Station) Recipes() []inspection.Recipe { return Recipes }

// SelectRecipe selects a recipe.
func (s *Station) SelectRecipe(name string) error {
	if err := s.call("SelectRecipe", "SelectRecipe "+name); err != nil {
		return err
	}
	for _, r := range Recipes {
		if r.Name == name {
			s.Change(func(st *station.Status) { st.Recipe = r })
			return nil
		}
	}
	return fmt.Errorf("recipe %q: %w", name, inspection.ErrNotFound)
}

// Models returns the models.
func (s *Station) Models() ([]station.ModelInfo, error) {
	err := s.call("Models", "Models")
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.models), err
}

// SelectModel selects a model.
func (s *Station) SelectModel(name string, version int) error {
	if err := s.call("SelectModel", fmt.Sprintf("SelectModel %s %d", name, version)); err != nil {
		return err
	}
	s.Change(func(st *station.Status) { st.Model = Model(name, version).Ref })
	return nil
}

// Engines returns the engines.
func (s *Station) Engines() []string { return []string{"native", "opencv"} }

// SelectEngine selects an engine.
func (s *Station) SelectEngine(name string) error {
	if err := s.call("SelectEngine", "SelectEngine "+name); err != nil {
		return err
	}
	s.Change(func(st *station.Status) { st.Engine = name })
	return nil
}

// Sources returns the sources.
func (s *Station) Sources() []station.SourceChoice {
	return []station.SourceChoice{{Spec: "camera:/dev/video0", Label: "USB camera (video0)"}, {Spec: "demo", Label: "Demo line"}}
}

// SelectSource selects a source.
func (s *Station) SelectSource(spec string) error {
	if err := s.call("SelectSource", "SelectSource "+spec); err != nil {
		return err
	}
	s.Change(func(st *station.Status) { st.Source, st.SourceLabel = spec, "" })
	return nil
}

// SetTrigger sets the trigger.
func (s *Station) SetTrigger(t inspection.Trigger) {
	_ = s.call("SetTrigger", "SetTrigger "+string(t))
	s.Change(func(st *station.Status) { st.Trigger = t })
}

// SetLot sets the lot.
func (s *Station) SetLot(lot string) {
	_ = s.call("SetLot", "SetLot "+lot)
	s.Change(func(st *station.Status) { st.Lot = lot })
}

// SetOperator sets the operator.
func (s *Station) SetOperator(name string) {
	_ = s.call("SetOperator", "SetOperator "+name)
	s.Change(func(st *station.Status) { st.Operator = name })
}

// Inspect notes the call.
func (s *Station) Inspect() error { return s.call("Inspect", "Inspect") }

// Review keeps a decision.
func (s *Station) Review(_ context.Context, id string, role inspection.Role, v inspection.Verdict, by, reason string) error {
	if err := s.call("Review", fmt.Sprintf("Review %s %s %s %s %q", id, role, v, by, reason)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	decision := &inspection.Decision{Verdict: v, By: by, Reason: reason, At: time.Now()}
	for i := range s.records {
		if s.records[i].ID != id {
			continue
		}
		if role == inspection.Supervisor {
			s.records[i].Supervisor = decision
		} else {
			s.records[i].Operator = decision
		}
		return nil
	}
	return inspection.ErrNotFound
}

// Records returns a page of records.
func (s *Station) Records(ctx context.Context, q station.Query) (station.Page, error) {
	if err := errors.Join(s.call("Records", "Records"), ctx.Err()); err != nil {
		return station.Page{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var page station.Page
	for _, r := range slices.Backward(s.records) {
		if !matches(r, q) {
			continue
		}
		page.Total++
		if q.Before != "" && r.ID >= q.Before {
			continue
		}
		if len(page.Records) == q.Limit {
			page.Next = page.Records[q.Limit-1].ID
			continue
		}
		page.Records = append(page.Records, r)
	}
	return page, nil
}

func matches(r inspection.Record, q station.Query) bool {
	switch {
	case !q.From.IsZero() && r.Time.Before(q.From), !q.To.IsZero() && !r.Time.Before(q.To):
		return false
	case len(q.Verdicts) > 0 && !slices.Contains(q.Verdicts, r.Final().Verdict):
		return false
	case q.Model != "" && q.Model != r.Model.Name:
		return false
	case q.Unfamiliar != nil && *q.Unfamiliar != (r.Familiarity != nil && r.Familiarity.Unfamiliar):
		return false
	}
	return q.Reviewed == nil || *q.Reviewed == r.Reviewed()
}

// Record returns a record.
func (s *Station) Record(id string) (inspection.Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.records {
		if r.ID == id {
			return r, nil
		}
	}
	return inspection.Record{}, inspection.ErrNotFound
}

// Image returns a record's image.
func (s *Station) Image(id string) (image.Image, error) {
	if err := s.call("Image", "Image "+id); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if img := s.images[id]; img != nil {
		return img, nil
	}
	return nil, inspection.ErrNotFound
}

// Thumbnail returns a record's image.
func (s *Station) Thumbnail(id string) (image.Image, error) { return s.Image(id) }

// StartTraining notes the call and tells that the training starts.
func (s *Station) StartTraining(r station.TrainingRequest) error {
	if err := s.call("StartTraining", fmt.Sprintf("StartTraining %s %s %d %v", r.Dataset.Folder, r.Name, r.Epochs, r.Augmentations)); err != nil {
		return err
	}
	s.Train(station.TrainingStatus{State: station.TrainingStarting, Request: r, Total: r.Epochs})
	return nil
}

// StopTraining notes the call.
func (s *Station) StopTraining() { _ = s.call("StopTraining", "StopTraining") }

// CancelTraining notes the call.
func (s *Station) CancelTraining() { _ = s.call("CancelTraining", "CancelTraining") }

// TrainingStatus returns how the training is doing.
func (s *Station) TrainingStatus() station.TrainingStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.trained
}

// ImportModel returns a model of that file's name.
func (s *Station) ImportModel(_ context.Context, file string) (station.ModelInfo, error) {
	return Model("imported", 1), s.call("ImportModel", "ImportModel "+file)
}
