package uitest

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"time"

	"assay/inspection"
	"assay/station"
)

// bench is what the Retrain page works on: one data set with its versions, promotions, a shadow.
type bench struct {
	report      station.DatasetReport
	version     int
	sets        map[string][]station.SampleImage
	reports     []station.DatasetReport // newest first
	interrupted *station.TrainingRequest
	promotions  []station.Promotion
	standing    *station.Standing // what Standing returns, where a test has set it
	shadow      station.ShadowStatus
	shadows     station.Signal[station.ShadowStatus]
	gate        chan struct{} // an import waits for it where it is not nil
}

func newBench() bench {
	return bench{sets: make(map[string][]station.SampleImage), report: station.DatasetReport{Split: station.SplitOfficial,
		Train: station.ClassCount{Normal: 2300, Defective: 3006}, Validation: station.ClassCount{Normal: 575, Defective: 752},
		Test: station.ClassCount{Normal: 262, Defective: 453}, Sizes: map[string]int{"300×300": 7348}, Modes: map[string]int{"grey": 7348},
		ExactDuplicates: 64, Groups: 1184, Crossing: 376}}
}

// disc draws a stand-in for a casting: a bright disc on grey, a spot on it where the digest begins with "d".
func disc(digest string) image.Image {
	const side = 96
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			dx, dy := float64(x-side/2), float64(y-side/2)
			v := uint8(70)
			switch r := dx*dx + dy*dy; {
			case r < 8*8:
				v = 60
			case r < 42*42:
				v = uint8(150 + x/3 + y/4)
			}
			if digest != "" && digest[0] == 'd' && (dx-14)*(dx-14)+(dy+16)*(dy+16) < 30 {
				v = 40
			}
			img.SetGray(x, y, color.Gray{Y: v})
		}
	}
	return img
}

// SetReport sets what the next import finds.
func (s *Station) SetReport(r station.DatasetReport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bench.report = r
}

// HoldImports has imports wait until the returned function is called.
func (s *Station) HoldImports() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.bench.gate = gate
	return func() { close(gate) }
}

// Interrupt leaves a training that can be gone on with.
func (s *Station) Interrupt(r station.TrainingRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bench.interrupted = &r
}

// SetPromotions sets the history, oldest first.
func (s *Station) SetPromotions(list ...station.Promotion) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bench.promotions = list
}

// SetModels sets the registered models.
func (s *Station) SetModels(list ...station.ModelInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.models = list
}

// Shadow sets how the shadow does and tells it.
func (s *Station) Shadow(st station.ShadowStatus) {
	s.mu.Lock()
	s.bench.shadow = st
	s.mu.Unlock()
	s.bench.shadows.Emit(st)
}

// Snapshots returns the sets taken, newest first.
func (s *Station) Snapshots() ([]station.DatasetReport, error) {
	err := s.call("Snapshots", "Snapshots")
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bench.reports), err
}

// ImportDataset takes a snapshot of the report set.
func (s *Station) ImportDataset(ctx context.Context, c station.DatasetChoice, split station.SplitKind, progress func(done, total int)) (station.DatasetReport, error) {
	if err := s.call("ImportDataset", fmt.Sprintf("ImportDataset %s %s%s %s", c.Kind, c.Folder, c.Snapshot, split)); err != nil {
		return station.DatasetReport{}, err
	}
	progress(0, 7348)
	s.mu.Lock()
	gate := s.bench.gate
	s.mu.Unlock()
	if gate != nil {
		progress(1837, 7348)
		select {
		case <-gate:
		case <-ctx.Done():
			return station.DatasetReport{}, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.bench.report
	if split != "" {
		r.Split = split
		if split == station.SplitGrouped {
			r.Crossing = 0
		}
	}
	if r.Problem != "" {
		return r, nil
	}
	return s.bench.keep(r, samplesOf(r)), nil
}

// keep makes the next version of the set. The station's lock is held.
func (b *bench) keep(r station.DatasetReport, images []station.SampleImage) station.DatasetReport {
	b.version++
	r.Snapshot = fmt.Sprintf("casting@%d", b.version)
	b.sets[r.Snapshot] = images
	b.reports = append([]station.DatasetReport{r}, b.reports...)
	return r
}

// samplesOf makes as many samples as the report counts, the classes of a part in turn.
func samplesOf(r station.DatasetReport) (list []station.SampleImage) {
	parts := []struct {
		name  string
		count station.ClassCount
	}{{"train", r.Train}, {"validation", r.Validation}, {"test", r.Test}}
	for _, p := range parts {
		for i := range max(p.count.Normal, p.count.Defective) {
			if i < p.count.Normal {
				list = append(list, station.SampleImage{Name: fmt.Sprintf("%s/ok_front/cast_ok_0_%d.jpeg", p.name, i), Digest: fmt.Sprintf("n-%s-%d", p.name, i), Class: "normal", Part: p.name})
			}
			if i < p.count.Defective {
				list = append(list, station.SampleImage{Name: fmt.Sprintf("%s/def_front/cast_def_0_%d.jpeg", p.name, i), Digest: fmt.Sprintf("d-%s-%d", p.name, i), Class: "defective", Part: p.name})
			}
		}
	}
	return list
}

// SampleImages returns the images of a snapshot.
func (s *Station) SampleImages(_ context.Context, snapshot string) ([]station.SampleImage, error) {
	err := s.call("SampleImages", "SampleImages "+snapshot)
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bench.sets[snapshot]), err
}

// SamplePicture draws a sample.
func (s *Station) SamplePicture(_ context.Context, snapshot, digest string) (image.Image, error) {
	s.mu.Lock()
	failure := s.failures["SamplePicture"]
	s.mu.Unlock()
	if failure != nil {
		return nil, fmt.Errorf("%s of %s: %w", digest, snapshot, failure)
	}
	return disc(digest), nil
}

// RelabelSample makes the next version with another label.
func (s *Station) RelabelSample(snapshot, digest, class, by, reason string) (station.DatasetReport, error) {
	if err := s.call("RelabelSample", fmt.Sprintf("RelabelSample %s %s %s %s %q", snapshot, digest, class, by, reason)); err != nil {
		return station.DatasetReport{}, err
	}
	return s.edit(snapshot, digest, func(i *station.SampleImage) { i.Class, i.Reason = class, reason })
}

// ExcludeSample makes the next version without a sample.
func (s *Station) ExcludeSample(snapshot, digest, by, reason string) (station.DatasetReport, error) {
	if err := s.call("ExcludeSample", fmt.Sprintf("ExcludeSample %s %s %s %q", snapshot, digest, by, reason)); err != nil {
		return station.DatasetReport{}, err
	}
	return s.edit(snapshot, digest, func(i *station.SampleImage) { i.Excluded, i.Reason = true, reason })
}

// IncludeSample makes the next version with a sample that was excluded.
func (s *Station) IncludeSample(snapshot, digest, by, reason string) (station.DatasetReport, error) {
	if err := s.call("IncludeSample", fmt.Sprintf("IncludeSample %s %s %s %q", snapshot, digest, by, reason)); err != nil {
		return station.DatasetReport{}, err
	}
	return s.edit(snapshot, digest, func(i *station.SampleImage) { i.Excluded, i.Reason = false, "" })
}

// edit changes a sample of the newest version, whichever is named, as the station does.
func (s *Station) edit(snapshot, digest string, change func(*station.SampleImage)) (station.DatasetReport, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.bench.sets[snapshot]; !known {
		return station.DatasetReport{}, inspection.ErrNotFound
	}
	report := s.bench.reports[0]
	images := slices.Clone(s.bench.sets[report.Snapshot])
	at := slices.IndexFunc(images, func(i station.SampleImage) bool { return i.Digest == digest })
	if at < 0 {
		return station.DatasetReport{}, inspection.ErrNotFound
	}
	change(&images[at])
	report.Relabelled, report.Excluded = 0, 0
	for _, i := range images {
		switch {
		case i.Excluded:
			report.Excluded++
		case i.Reason != "":
			report.Relabelled++
		}
	}
	return s.bench.keep(report, images), nil
}

// Augmentations returns a catalogue.
func (s *Station) Augmentations() []station.Augmentation {
	return []station.Augmentation{
		{Name: "hflip", Label: "Flip left to right"}, {Name: "vflip", Label: "Flip top to bottom"}, {Name: "quarter", Label: "Quarter turns"},
		{Name: "rotate", Label: "Rotate", Help: "Turned about the centre by up to this angle, either way.", Unit: "°", Max: 180, Default: 180}, {Name: "zoom", Label: "Zoom", Unit: "%", Max: 0.5, Default: 0.15},
		{Name: "shear", Label: "Shear", Unit: "°", Max: 30, Default: 10}, {Name: "shift", Label: "Shift", Unit: "%", Max: 0.2, Default: 0.05},
		{Name: "tilt", Label: "Tilt", Unit: "°", Max: 30, Default: 15}, {Name: "brightness", Label: "Brightness", Unit: "%", Max: 0.5, Default: 0.25},
		{Name: "contrast", Label: "Contrast", Unit: "%", Max: 0.5, Default: 0.25}, {Name: "light", Label: "Uneven light", Unit: "%", Max: 0.6, Default: 0.3},
		{Name: "blur", Label: "Blur", Unit: "px", Max: 3, Default: 1.5}, {Name: "noise", Label: "Noise", Max: 20, Default: 5},
		{Name: "background", Label: "Background replaced"}, {Name: "look", Label: "Other looks", Unit: "%", Max: 1, Default: 0.6}, {Name: "zca", Label: "Whitening (ZCA)"}, {Name: "fill", Label: "Fill"},
	}
}

// PreviewAugmentations returns the picture itself as every variant.
func (s *Station) PreviewAugmentations(_ context.Context, r station.PreviewRequest) (station.Preview, error) {
	if err := s.call("PreviewAugmentations", strings.TrimSpace(fmt.Sprintf("PreviewAugmentations %s %s %s %d %d %d %s", r.Snapshot, r.Digest, r.Augment, r.Seed, r.Count, r.InputSize, r.Normalization))); err != nil {
		return station.Preview{}, err
	}
	p := station.Preview{Name: r.Digest, Original: disc(r.Digest)}
	for range r.Count {
		p.Variants = append(p.Variants, disc(r.Digest))
	}
	return p, nil
}

// PauseTraining tells that the training is paused.
func (s *Station) PauseTraining() { s.turn("PauseTraining", station.TrainingPaused) }

// ContinueTraining tells that the training goes on.
func (s *Station) ContinueTraining() { s.turn("ContinueTraining", station.TrainingRunning) }

func (s *Station) turn(call string, state station.TrainingState) {
	_ = s.call(call, call)
	st := s.TrainingStatus()
	st.State = state
	s.Train(st)
}

// InterruptedTraining returns what Interrupt left.
func (s *Station) InterruptedTraining() (station.TrainingRequest, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bench.interrupted == nil {
		return station.TrainingRequest{}, false
	}
	return *s.bench.interrupted, true
}

// KeptEpochs says that what Interrupt left has learnt for four epochs.
func (s *Station) KeptEpochs(name string) (epochs int, kept bool) {
	if r, interrupted := s.InterruptedTraining(); !interrupted || r.Name != name {
		return 0, false
	}
	return 4, true
}

// ResumeTraining notes the call and tells that the training starts.
func (s *Station) ResumeTraining() error {
	if err := s.call("ResumeTraining", "ResumeTraining"); err != nil {
		return err
	}
	r, _ := s.InterruptedTraining()
	s.Train(station.TrainingStatus{State: station.TrainingStarting, Request: r, Total: r.Epochs})
	return nil
}

// ComparedPicture draws an image with a heatmap in its upper right.
func (s *Station) ComparedPicture(_ context.Context, digest string, candidate bool) (image.Image, inspection.Prediction, error) {
	if err := s.call("ComparedPicture", fmt.Sprintf("ComparedPicture %s %v", digest, candidate)); err != nil {
		return nil, inspection.Prediction{}, err
	}
	heat := &inspection.Heatmap{Width: 6, Height: 6, Values: make([]float32, 36)}
	heat.Values[10] = 6
	return disc(digest), inspection.Prediction{Heatmap: heat}, nil
}

// StartShadow tells that the shadow runs.
func (s *Station) StartShadow(ref inspection.ModelRef) error {
	if err := s.call("StartShadow", fmt.Sprintf("StartShadow %s %d", ref.Name, ref.Version)); err != nil {
		return err
	}
	s.Shadow(station.ShadowStatus{Model: ref, Since: time.Now()})
	return nil
}

// StopShadow tells that no shadow runs.
func (s *Station) StopShadow() {
	_ = s.call("StopShadow", "StopShadow")
	s.Shadow(station.ShadowStatus{})
}

// ShadowStatus returns how the shadow does.
func (s *Station) ShadowStatus() station.ShadowStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bench.shadow
}

// ShadowChanged returns the signal of the shadow.
func (s *Station) ShadowChanged() *station.Signal[station.ShadowStatus] { return &s.bench.shadows }
