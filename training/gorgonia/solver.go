package gorgonia

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	"assay/inspection"

	g "gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

func newSolver(rate float64) *g.AdamSolver { return g.NewAdamSolver(g.WithLearnRate(rate)) }

// solverVersion is that of solverState's encoding.
const solverVersion = 1

// solverState is what Adam remembers: how many steps it has made, and for each
// parameter the moving means of gradient and squared gradient.
type solverState struct {
	Version int
	Steps   int
	Names   []string
	Means   [][]float32
	Squares [][]float32
}

var errSolverLayout = errors.New("gorgonia's Adam is laid out in an unknown way")

// State returns what the solver remembers between steps, encoded.
func (t *Trainer) State() ([]byte, error) {
	s := solverState{Version: solverVersion}
	memory, err := memoryOf(t.solver)
	if err != nil {
		return nil, fmt.Errorf("solver state: %w", err)
	}
	s.Steps = int(memory.steps.Int())
	for i := range memory.moments.Len() {
		mean, square, err := moments(memory.moments.Index(i))
		if err != nil {
			return nil, fmt.Errorf("solver state: %w", err)
		}
		s.Names = append(s.Names, t.network.parameters[i].name)
		s.Means, s.Squares = append(s.Means, mean), append(s.Squares, square)
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(s); err != nil {
		return nil, fmt.Errorf("solver state: %w", err)
	}
	return b.Bytes(), nil
}

// SetState puts back what State returned: from there training goes on bit for
// bit as it would have. It fails with inspection.ErrDamaged, changing nothing,
// where the state is not one of this network's.
func (t *Trainer) SetState(state []byte) error {
	var s solverState
	if err := gob.NewDecoder(bytes.NewReader(state)).Decode(&s); err != nil {
		return fmt.Errorf("solver state: %w: %w", inspection.ErrDamaged, err)
	}
	if err := t.checkState(s); err != nil {
		return fmt.Errorf("solver state: %w", err)
	}
	solver := newSolver(t.rate)
	memory, err := memoryOf(solver)
	if err != nil {
		return fmt.Errorf("solver state: %w", err)
	}
	memory.steps.SetInt(int64(s.Steps))
	if len(s.Names) > 0 {
		memory.moments.Set(reflect.MakeSlice(memory.moments.Type(), len(s.Names), len(s.Names)))
	}
	for i, p := range t.network.parameters[:len(s.Names)] {
		entry := reflect.New(memory.moments.Type().Elem().Elem())
		mean, square := dense(p.shape, s.Means[i]), dense(p.shape, s.Squares[i])
		reach(entry.Elem(), "Value").Set(reflect.ValueOf(g.Value(mean)))
		reach(entry.Elem(), "d").Set(reflect.ValueOf(g.Value(square)))
		memory.moments.Index(i).Set(entry)
	}
	t.solver = solver
	return nil
}

func (t *Trainer) checkState(s solverState) error {
	if s.Version > solverVersion {
		return fmt.Errorf("%w: format %d", inspection.ErrNewerVersion, s.Version)
	}
	n := len(s.Names)
	if n != 0 && n != len(t.network.parameters) || n != len(s.Means) || n != len(s.Squares) || s.Steps < 0 || (n == 0) != (s.Steps == 0) {
		return fmt.Errorf("%w: %d parameters after %d steps", inspection.ErrDamaged, n, s.Steps)
	}
	for i, p := range t.network.parameters[:n] {
		size := p.shape.TotalSize()
		if s.Names[i] != p.name || len(s.Means[i]) != size || len(s.Squares[i]) != size {
			return fmt.Errorf("%w: parameter %q", inspection.ErrDamaged, s.Names[i])
		}
	}
	return nil
}

func dense(shape tensor.Shape, values []float32) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(append([]float32(nil), values...)))
}

// solverMemory is Adam's private memory: Gorgonia 0.9.18, the last release, has
// no other way to save and restore it.
type solverMemory struct {
	steps   reflect.Value // int
	moments reflect.Value // []*dualValue, a parameter's means in Value and squares in d
}

func memoryOf(s *g.AdamSolver) (solverMemory, error) {
	v := reflect.ValueOf(s).Elem()
	m := solverMemory{reach(v, "iter"), reach(v, "cache")}
	if !m.steps.IsValid() || !m.moments.IsValid() || m.steps.Kind() != reflect.Int || m.moments.Kind() != reflect.Slice {
		return m, errSolverLayout
	}
	entry := m.moments.Type().Elem()
	if entry.Kind() != reflect.Pointer || entry.Elem().Kind() != reflect.Struct {
		return m, errSolverLayout
	}
	for _, name := range []string{"Value", "d"} {
		if f, ok := entry.Elem().FieldByName(name); !ok || f.Type != reflect.TypeFor[g.Value]() {
			return m, errSolverLayout
		}
	}
	return m, nil
}

// moments copies one entry's values out.
func moments(entry reflect.Value) (mean, square []float32, err error) {
	for i, name := range []string{"Value", "d"} {
		v, ok := reach(entry.Elem(), name).Interface().(*tensor.Dense)
		if !ok {
			return nil, nil, errSolverLayout
		}
		values := append([]float32(nil), v.Data().([]float32)...)
		if i == 0 {
			mean = values
		} else {
			square = values
		}
	}
	return mean, square, nil
}

// reach returns a settable view of a private field; not valid where there is none.
func reach(v reflect.Value, name string) reflect.Value {
	f := v.FieldByName(name)
	if !f.IsValid() {
		return f
	}
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem() //nolint:gosec // the field is addressable and its type its own
}
