package retrain

import (
	"context"
	"errors"
	"image"

	"assay/inspection"
	"assay/station"
)

// plain makes a workbench of a station that cannot do all of it yet.
type plain struct {
	Station
	shadow station.Signal[station.ShadowStatus]
}

var errNotYet = errors.New("this station cannot do that yet")

func workbench(s Station) Workbench {
	if w, ok := s.(Workbench); ok {
		return w
	}
	return &plain{Station: s}
}

func (p *plain) Snapshots() ([]station.DatasetReport, error) { return nil, nil }

func (p *plain) ImportDataset(ctx context.Context, c station.DatasetChoice, split station.SplitKind, _ func(done, total int)) (station.DatasetReport, error) {
	s, err := p.InspectDataset(ctx, c)
	return station.DatasetReport{Split: split, Train: station.ClassCount{Normal: s.Normal, Defective: s.Defective}, Unreadable: s.Unreadable, Problem: s.Problem}, err
}

func (p *plain) SampleImages(context.Context, string) ([]station.SampleImage, error) { return nil, nil }

func (p *plain) SamplePicture(context.Context, string, string) (image.Image, error) {
	return nil, errNotYet
}

func (p *plain) RelabelSample(string, string, string, string, string) (station.DatasetReport, error) {
	return station.DatasetReport{}, errNotYet
}

func (p *plain) ExcludeSample(string, string, string, string) (station.DatasetReport, error) {
	return station.DatasetReport{}, errNotYet
}

func (p *plain) Augmentations() (list []station.Augmentation) {
	for _, name := range p.AugmentationNames() {
		list = append(list, station.Augmentation{Name: name, Label: name})
	}
	return list
}

func (p *plain) PreviewAugmentations(context.Context, string, string, string, uint64, int, int) (station.Preview, error) {
	return station.Preview{}, errNotYet
}

func (p *plain) PauseTraining()        {}
func (p *plain) ContinueTraining()     {}
func (p *plain) ResumeTraining() error { return errNotYet }
func (p *plain) InterruptedTraining() (station.TrainingRequest, bool) {
	return station.TrainingRequest{}, false
}

func (p *plain) ComparedPicture(context.Context, string, bool) (image.Image, *inspection.Heatmap, error) {
	return nil, nil, errNotYet
}

func (p *plain) PromoteWith(name string, version int, _ *inspection.Thresholds, by, reason string) error {
	return p.Promote(name, version, by, reason)
}

func (p *plain) Rollback(string, string, string) error                { return errNotYet }
func (p *plain) Promotions(string) ([]station.Promotion, error)       { return nil, nil }
func (p *plain) StartShadow(inspection.ModelRef) error                { return errNotYet }
func (p *plain) StopShadow()                                          {}
func (p *plain) ShadowStatus() station.ShadowStatus                   { return station.ShadowStatus{} }
func (p *plain) ShadowChanged() *station.Signal[station.ShadowStatus] { return &p.shadow }
