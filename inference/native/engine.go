package native

import (
	"errors"
	"fmt"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inference/onnx"
	"assay/inspection"
	"assay/internal/kernels"
)

// Name is the engine's name on the command line and in records.
const Name = "native"

// Engine runs one model. Calls may come from several goroutines and take turns.
// It holds C memory and threads of its own until Close.
type Engine struct {
	executor *kernels.Executor
	chain    *Chain
	batch    int
}

// New makes an engine of the model, which judges in as many views as the model's
// input asks for. It fails with inspection.ErrBadModel where the network is no
// chain of the layers that the kernels know, or cannot be judged in views.
func New(m *onnx.Model, o inference.EngineOptions) (inference.Engine, error) {
	return inference.InViews(m, o, newEngine)
}

// newEngine makes an engine that judges each image as it is.
func newEngine(m *onnx.Model, o inference.EngineOptions) (inference.Engine, error) {
	e, err := NewEngine(m.Network, m.Weights, o)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// NewEngine makes an engine of a network with its weights, which are copied. It
// judges each image as it is: inference.InViews judges in several views.
func NewEngine(n *architecture.Network, w architecture.Weights, o inference.EngineOptions) (*Engine, error) {
	if err := n.Check(w); err != nil {
		return nil, fmt.Errorf("native engine: %w", err)
	}
	executor, err := kernels.NewExecutor(max(o.Threads, 0))
	if err != nil {
		return nil, fmt.Errorf("native engine: %w", err)
	}
	e := &Engine{executor: executor, batch: max(o.Batch, 1)}
	err = executor.Do(func(t *kernels.Thread) error {
		if e.chain, err = NewChain(t, n, e.batch); err != nil {
			return err
		}
		return e.chain.Load(t, w)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("native engine: %w", err), executor.Close())
	}
	return e, nil
}

// Name returns "native".
func (e *Engine) Name() string { return Name }

// Infer runs n images. It runs as many together as fit the cache.
func (e *Engine) Infer(images []float32, n int, out *inference.Output) error {
	if n < 1 || n > e.batch || len(images) != n*e.chain.image {
		return fmt.Errorf("native engine: %w: %d values for %d images of %d, at most %d images",
			inspection.ErrModelInput, len(images), n, e.chain.image, e.batch)
	}
	err := e.executor.Do(func(t *kernels.Thread) error { return e.chain.Infer(t, images, n, out) })
	if errors.Is(err, kernels.ErrClosed) {
		return fmt.Errorf("native engine: %w", inspection.ErrClosed)
	}
	if err != nil {
		return fmt.Errorf("native engine: %w", err)
	}
	return nil
}

// Close frees the engine's memory and ends its threads. Further calls do nothing.
func (e *Engine) Close() error { return e.executor.Close() }
