package gorgonia

import (
	"fmt"
	"slices"

	"assay/inspection"
	"assay/training"
)

var _ training.Freezer = (*Trainer)(nil)

// Freeze keeps the trainable parameters of these names out of the steps that
// follow, in place of those frozen before; no names frees all. It fails with
// inspection.ErrBadModel, changing nothing, where there is no such parameter.
func (t *Trainer) Freeze(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(t.network.parameters, func(p *parameter) bool { return p.name == name }) {
			return fmt.Errorf("freeze: %w: there is no trainable parameter %q", inspection.ErrBadModel, name)
		}
	}
	for _, p := range t.network.parameters {
		p.frozen = slices.Contains(names, p.name)
	}
	return nil
}

// update lets the solver step. Frozen parameters show it gradients of 0 and get
// their values back afterwards, for moments from before the freezing move them.
func (t *Trainer) update() error {
	kept := map[*parameter][]float32{}
	for _, p := range t.network.parameters {
		if p.frozen {
			clear(p.slope())
			kept[p] = slices.Clone(p.floats())
		}
	}
	err := t.solver.Step(t.network.model)
	for p, values := range kept {
		copy(p.floats(), values)
	}
	return err
}
