package opencv

import (
	"fmt"
	"runtime"
	"sync"

	"assay/inference"
	"assay/inference/onnx"
	"assay/inspection"

	"gocv.io/x/gocv"
)

// Name is the engine's name on the command line and in records.
const Name = "opencv"

// Engine runs one model on OpenCV. Calls may come from several goroutines and
// take turns with all other engines of this package: OpenCV's threads are the
// process's. It holds C++ memory until Close.
type Engine struct {
	mu             sync.Mutex
	nets           []*net // by batch: one image, and the whole batch where that is more; nil once closed
	size           int    // values of one image
	width, height  int    // of the map
	batch, threads int
}

// New makes an engine of the model, which judges in as many views as the model's
// input asks for. It fails with inspection.ErrBadModel where OpenCV reads the
// model but makes an empty network of it, or it cannot be judged in views.
func New(m *onnx.Model, o inference.EngineOptions) (inference.Engine, error) {
	return inference.InViews(m, o, newEngine)
}

// newEngine makes an engine that judges each image as it is.
func newEngine(m *onnx.Model, o inference.EngineOptions) (inference.Engine, error) {
	shapes, err := m.Network.Shapes()
	if err != nil {
		return nil, fmt.Errorf("opencv engine: %w", err)
	}
	in, activation := m.Network.Input, shapes[m.Network.Map]
	e := &Engine{
		size: in.Channels * in.Height * in.Width, width: activation.W, height: activation.H,
		batch: max(o.Batch, 1), threads: o.Threads,
	}
	if e.threads <= 0 {
		e.threads = runtime.NumCPU()
	}
	batches := []int{1}
	if e.batch > 1 {
		batches = append(batches, e.batch)
	}
	for _, batch := range batches {
		n, err := newNet(m, batch, 1+e.width*e.height)
		if err != nil {
			_ = e.Close() // closes the nets made so far, which cannot fail
			return nil, fmt.Errorf("opencv engine: %w", err)
		}
		e.nets = append(e.nets, n)
	}
	return e, nil
}

// Name returns "opencv".
func (e *Engine) Name() string { return Name }

// Infer runs n images. A full batch goes through the network at once; fewer go
// one at a time, since OpenCV 4.6 has the batch fixed in the network.
func (e *Engine) Infer(images []float32, n int, out *inference.Output) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.nets == nil {
		return fmt.Errorf("opencv engine: %w", inspection.ErrClosed)
	}
	if n < 1 || n > e.batch || len(images) != n*e.size {
		return fmt.Errorf("opencv engine: %w: %d values for %d images of %d, at most %d images",
			inspection.ErrModelInput, len(images), n, e.size, e.batch)
	}
	pool.Lock()
	defer pool.Unlock()
	useThreads(e.threads)
	used := e.nets[0]
	if last := e.nets[len(e.nets)-1]; n == last.batch {
		used = last
	}
	out.Resize(n, e.width, e.height)
	for done := 0; done < n; done += used.batch {
		if err := used.run(images[done*e.size:(done+used.batch)*e.size], out, done); err != nil {
			return fmt.Errorf("opencv engine: %w", err)
		}
	}
	return nil
}

// Close frees OpenCV's memory. Further calls do nothing.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var first error
	for _, n := range e.nets {
		if err := n.close(); err != nil && first == nil {
			first = fmt.Errorf("opencv engine: %w", err)
		}
	}
	e.nets = nil
	return first
}

// net is one network of OpenCV with its batch and its input.
type net struct {
	net   gocv.Net
	input gocv.Mat
	batch int
	row   int // values of one image's output: the score, then the map
}

// newNet gives OpenCV the network with one joined output: gocv's ForwardLayers,
// which returns several, leaks memory at each call, and one Forward for each
// output runs the network as often.
func newNet(m *onnx.Model, batch, row int) (*net, error) {
	data, err := onnx.EncodeJoined(m.Card, m.Network, m.Weights, batch)
	if err != nil {
		return nil, err
	}
	g, err := gocv.ReadNetFromONNXBytes(data)
	if err != nil {
		return nil, fmt.Errorf("%w: OpenCV cannot read it: %w", inspection.ErrBadModel, err)
	}
	if g.Empty() {
		_ = g.Close()
		return nil, fmt.Errorf("%w: OpenCV makes an empty network of it", inspection.ErrBadModel)
	}
	if err := setTarget(&g); err != nil {
		_ = g.Close()
		return nil, err
	}
	in := m.Network.Input
	return &net{
		net: g, batch: batch, row: row,
		input: gocv.NewMatWithSizes([]int{batch, in.Channels, in.Height, in.Width}, gocv.MatTypeCV32F),
	}, nil
}

func setTarget(g *gocv.Net) error {
	if err := g.SetPreferableBackend(gocv.NetBackendOpenCV); err != nil {
		return fmt.Errorf("choose OpenCV's own backend: %w", err)
	}
	if err := g.SetPreferableTarget(gocv.NetTargetCPU); err != nil {
		return fmt.Errorf("choose the processor: %w", err)
	}
	return nil
}

// run gives one full batch to OpenCV and writes its results from image at on.
func (n *net) run(images []float32, out *inference.Output, at int) error {
	input, err := n.input.DataPtrFloat32()
	if err != nil {
		return err
	}
	copy(input, images)
	n.net.SetInput(n.input, "")
	result := n.net.Forward("")
	defer func() { _ = result.Close() }() // cannot fail
	values, err := result.DataPtrFloat32()
	if err != nil {
		return err
	}
	if len(values) != n.batch*n.row {
		return fmt.Errorf("OpenCV gave %d values for %d images, not %d each", len(values), n.batch, n.row)
	}
	area := n.row - 1
	for i := range n.batch {
		row := values[i*n.row : (i+1)*n.row]
		out.Scores[at+i] = row[0]
		copy(out.Maps[(at+i)*area:(at+i+1)*area], row[1:])
	}
	return nil
}

func (n *net) close() error {
	err := n.input.Close()
	if failed := n.net.Close(); failed != nil {
		err = failed
	}
	return err
}
