package native

import (
	"fmt"

	"assay/inference"
	"assay/inference/architecture"
	"assay/inspection"
	"assay/internal/kernels"
)

// cacheBytes is how much the largest map of the images that run together may
// take. Beyond a cache's size more images at a time are slower, not faster.
const cacheBytes = 4 << 20

// Chain is a network's blocks with their memory, in inference form: one run of
// several images together, and one of single images for what is left over. All
// methods belong on the executor's thread.
type Chain struct {
	parts []Part
	image int // values of one image
	// mapIndex is the block whose output is the map, -1 for none.
	mapIndex int
	mapShape architecture.Shape
	runs     []*run // the larger first
}

// run is the blocks for one number of images.
type run struct {
	images int
	input  *kernels.Tensor
	blocks []*kernels.Block
	head   *kernels.Head
}

// NewChain prepares a network for batches of up to batch images. Weights come
// with Load. It fails with inspection.ErrBadModel where the network cannot run.
func NewChain(t *kernels.Thread, n *architecture.Network, batch int) (*Chain, error) {
	parts, err := Plan(n)
	if err != nil {
		return nil, err
	}
	in := kernels.Shape{N: 1, C: n.Input.Channels, H: n.Input.Height, W: n.Input.Width}
	c := &Chain{parts: parts, image: in.Size(), mapIndex: -1}
	for i, p := range parts {
		if n.Map != "" && p.Last == n.Map {
			c.mapIndex = i
		}
	}
	if n.Map != "" {
		shapes, _ := n.Shapes() // Plan has checked it
		c.mapShape = shapes[n.Map]
	}
	together := clampImages(parts, in, batch)
	for _, images := range []int{together, 1} {
		if images == 1 && len(c.runs) > 0 && together == 1 {
			break
		}
		r, err := newRun(t, parts, in, images)
		if err != nil {
			c.Close(t)
			return nil, fmt.Errorf("%w: %w", inspection.ErrBadModel, err)
		}
		c.runs = append(c.runs, r)
	}
	return c, nil
}

// clampImages returns how many images to run together, at most batch.
func clampImages(parts []Part, in kernels.Shape, batch int) int {
	largest := in.Size()
	for _, p := range parts {
		s := p.Spec
		s.Pool = kernels.Pool{} // the map before the pool is the large one
		out, err := s.Output(in)
		if err != nil {
			return 1 // newRun reports it
		}
		largest = max(largest, out.Size())
		in, _ = p.Spec.Output(in)
	}
	return max(1, min(batch, cacheBytes/(4*largest)))
}

func newRun(t *kernels.Thread, parts []Part, in kernels.Shape, images int) (*run, error) {
	in.N = images
	input, err := kernels.NewTensor(t, in)
	if err != nil {
		return nil, err
	}
	r := &run{images: images, input: input}
	x := input
	for _, p := range parts {
		b, err := kernels.NewBlock(t, p.Spec, x)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", p.Last, err)
		}
		r.blocks, x = append(r.blocks, b), b.Output()
	}
	r.head, err = kernels.NewHead(t, x)
	return r, err
}

// Load takes weights, which must fit the network: it copies and folds them.
func (c *Chain) Load(t *kernels.Thread, w architecture.Weights) error {
	for _, r := range c.runs {
		for i, p := range c.parts {
			if err := r.blocks[i].Load(t, p.Parameters(w)); err != nil {
				return fmt.Errorf("%w: layer %q: %w", inspection.ErrBadModel, p.Last, err)
			}
		}
	}
	return nil
}

// Infer runs n images, n×C×H×W values; any n from 1 up.
func (c *Chain) Infer(t *kernels.Thread, images []float32, n int, out *inference.Output) error {
	out.Resize(n, c.mapShape.W, c.mapShape.H)
	for done := 0; done < n; {
		r := c.runs[0]
		if n-done < r.images {
			r = c.runs[len(c.runs)-1]
		}
		if err := c.infer(t, r, images[done*c.image:(done+r.images)*c.image], out, done); err != nil {
			return err
		}
		done += r.images
	}
	return nil
}

// infer runs one run's worth of images and puts what they give at out's image first.
func (c *Chain) infer(t *kernels.Thread, r *run, images []float32, out *inference.Output, first int) error {
	if err := r.input.Write(t, images); err != nil {
		return err
	}
	for i, b := range r.blocks {
		if err := b.Forward(t); err != nil {
			return fmt.Errorf("layer %q: %w", c.parts[i].Last, err)
		}
	}
	if _, err := r.head.Forward(t, nil, nil, out.Scores[first:first+r.images]); err != nil {
		return err
	}
	if c.mapIndex < 0 {
		return nil
	}
	area := c.mapShape.H * c.mapShape.W
	return r.blocks[c.mapIndex].Output().Read(t, out.Maps[first*area:(first+r.images)*area])
}

// Close frees the memory.
func (c *Chain) Close(t *kernels.Thread) {
	for _, r := range c.runs {
		r.head.Close(t)
		for _, b := range r.blocks {
			b.Close(t)
		}
		r.input.Close(t)
	}
	c.runs = nil
}
