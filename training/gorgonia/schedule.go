package gorgonia

import (
	"errors"
	"fmt"

	"assay/internal/kernels"

	g "gorgonia.org/gorgonia"
)

// errSchedule says that a graph has operations that Gorgonia added and that are not in the schedule.
var errSchedule = errors.New("the graph needs an operation that is not scheduled")

// operation is one of this package's nodes in the graph.
type operation struct {
	op     g.Op
	node   *g.Node
	inputs g.Nodes
	values []g.Value // room for the inputs' values
}

// apply adds an op to the graph and to the schedule. An op is applied to nodes
// that there are, also while Gorgonia differentiates: so the order in which ops
// are added is one in which they can run.
func (n *network) apply(op g.Op, inputs ...*g.Node) (*g.Node, error) {
	node, err := g.ApplyOp(op, inputs...)
	if err != nil {
		return nil, err
	}
	n.schedule = append(n.schedule, operation{op, node, inputs, make([]g.Value, len(inputs))})
	return node, nil
}

// run computes loss and gradients for what input and labels hold. It takes the
// place of Gorgonia's tape machine, which runs each op on a goroutine of its own
// making: to hand each over to the executor's thread and back, and to wake the
// threads that fell asleep meanwhile, took longer than the small blocks themselves.
func (n *network) run(t *kernels.Thread) error {
	n.thread = t
	defer func() { n.thread = nil }()
	for _, o := range n.schedule {
		for i, input := range o.inputs {
			if o.values[i] = input.Value(); o.values[i] == nil {
				return fmt.Errorf("%s: input %d has no value: %w", o.op, i, errSchedule)
			}
		}
		value, err := o.op.Do(o.values...)
		if err != nil {
			return fmt.Errorf("%s: %w", o.op, err)
		}
		if err := g.UnsafeLet(o.node, value); err != nil {
			return fmt.Errorf("%s: %w", o.op, err)
		}
	}
	return nil
}
