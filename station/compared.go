package station

import (
	"context"
	"fmt"
	"image"
	"sync"

	"assay/inference"
	"assay/inspection"
)

// compared is what the last comparison was made of, with a predictor for each
// model that a picture was asked for.
type compared struct {
	mu         sync.Mutex
	snapshot   string
	candidate  inspection.ModelRef
	current    *inspection.ModelRef
	predictors map[inspection.ModelRef]*inference.Predictor
}

func (c *compared) set(snapshot string, candidate inspection.ModelRef, current *ModelInfo) {
	c.forget()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.snapshot, c.candidate, c.current = snapshot, candidate, nil
	if current != nil {
		c.current = &current.Ref
	}
}

// forget frees the models.
func (c *compared) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.predictors {
		_ = p.Close() // a model that cannot be freed keeps nothing from going on
	}
	c.snapshot, c.predictors = "", nil
}

// ComparedPicture returns an image of the comparison at hand with what the
// candidate or the current model makes of it, heatmap and outline included; the
// zero prediction where there is no such model.
func (s *Station) ComparedPicture(ctx context.Context, digest string, candidate bool) (image.Image, inspection.Prediction, error) {
	c := &s.compared
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.snapshot == "" {
		return nil, inspection.Prediction{}, fmt.Errorf("there is no comparison at hand: %w", inspection.ErrNotFound)
	}
	item, picture, err := s.sample(ctx, c.snapshot, digest)
	if err != nil {
		return nil, inspection.Prediction{}, err
	}
	ref := c.candidate
	if !candidate {
		if c.current == nil {
			return picture, inspection.Prediction{}, nil
		}
		ref = *c.current
	}
	p, err := c.predictor(s, ref)
	if err != nil {
		return picture, inspection.Prediction{}, err
	}
	prediction, err := p.Predict(inspection.Frame{Image: picture, Name: item.Name, Time: s.params.Clock()}, item.Region)
	return picture, prediction, err
}

// predictor makes each model's once; c.mu is held.
func (c *compared) predictor(s *Station, ref inspection.ModelRef) (*inference.Predictor, error) {
	if p := c.predictors[ref]; p != nil {
		return p, nil
	}
	m, err := s.params.Models.Load(ref.Name, ref.Version)
	if err != nil {
		return nil, err
	}
	loaded, err := s.load(m, inspection.Recipe{}, s.Snapshot().Engine)
	if err != nil {
		return nil, err
	}
	if c.predictors == nil {
		c.predictors = make(map[inspection.ModelRef]*inference.Predictor)
	}
	c.predictors[ref] = loaded.predictor
	return loaded.predictor, nil
}
