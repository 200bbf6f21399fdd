package station

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"assay/inference/onnx"
	"assay/inspection"
	"assay/internal/atomicfile"
)

// Registry keeps the models of one data folder: dir/NAME/VERSION.onnx, never
// changed once written, and the promotions. Bundled models appear as the version
// their card names until the folder holds that version itself. It is safe for
// concurrent use within one process.
type Registry struct {
	dir     string
	bundled fs.FS
	check   func(ctx context.Context, file string) error
	mu      sync.Mutex
}

// NewRegistry returns the registry of the folder dir, which need not exist yet.
// check is asked about every file from outside before it is taken in; it must
// survive what the file does to the code that loads it.
func NewRegistry(dir string, bundled fs.FS, check func(ctx context.Context, file string) error) *Registry {
	return &Registry{dir: dir, bundled: bundled, check: check}
}

// List returns all models, by name and version.
func (r *Registry) List() ([]ModelInfo, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list()
}

func (r *Registry) list() ([]ModelInfo, error) {
	bundled, err := r.scanBundled()
	if err != nil {
		return nil, err
	}
	own, err := r.scanFolder()
	if err != nil {
		return nil, err
	}
	list := own
	for _, m := range bundled {
		if !slices.ContainsFunc(own, func(o ModelInfo) bool { return sameModel(o.Ref, m.Ref) }) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b ModelInfo) int {
		if c := strings.Compare(a.Ref.Name, b.Ref.Name); c != 0 {
			return c
		}
		return a.Ref.Version - b.Ref.Version
	})
	return list, r.markActive(list)
}

func sameModel(a, b inspection.ModelRef) bool { return a.Name == b.Name && a.Version == b.Version }

// markActive sets Active on the promoted version of each name, or on its first
// version where none was promoted. A name whose active version cannot be read has
// none that is active.
func (r *Registry) markActive(list []ModelInfo) error {
	events, err := r.promotions()
	if err != nil {
		return err
	}
	active := make(map[string]int)
	for i, m := range list {
		name := m.Ref.Name
		if _, known := active[name]; !known {
			if active[name], err = r.activeVersion(events, name); err != nil {
				return err
			}
		}
		list[i].Active = active[name] == m.Ref.Version
		if row := history(events, name); list[i].Active && len(row) > 0 {
			list[i].Thresholds = row[len(row)-1].thresholds
		}
	}
	return nil
}

func (r *Registry) scanBundled() ([]ModelInfo, error) {
	names, err := fs.Glob(r.bundled, "*.onnx")
	if err != nil {
		return nil, fmt.Errorf("list bundled models: %w", err)
	}
	var list []ModelInfo
	for _, name := range names {
		data, err := fs.ReadFile(r.bundled, name)
		if err != nil {
			return nil, fmt.Errorf("read bundled model: %w", err)
		}
		m, err := onnx.Decode(data)
		if err != nil {
			return nil, fmt.Errorf("read bundled model %s: %w", name, err)
		}
		ref := inspection.ModelRef{Name: strings.TrimSuffix(path.Base(name), ".onnx"), Version: max(m.Card.Version, 1), SHA256: m.SHA256}
		list = append(list, describe(m, ref, true))
	}
	return list, nil
}

// scanFolder leaves out files that cannot be read: one damaged model must not
// hide the others. Load names the damage.
func (r *Registry) scanFolder() ([]ModelInfo, error) {
	files, err := filepath.Glob(filepath.Join(r.dir, "*", "*.onnx"))
	if err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	var list []ModelInfo
	for _, file := range files {
		version, err := strconv.Atoi(strings.TrimSuffix(filepath.Base(file), ".onnx"))
		if err != nil || version < 1 {
			continue
		}
		m, err := onnx.ReadFile(file)
		if err != nil {
			continue
		}
		ref := inspection.ModelRef{Name: filepath.Base(filepath.Dir(file)), Version: version, SHA256: m.SHA256}
		list = append(list, describe(m, ref, false))
	}
	return list, nil
}

func describe(m *onnx.Model, ref inspection.ModelRef, bundled bool) ModelInfo {
	card := m.Card
	card.Name, card.Version = ref.Name, ref.Version
	return ModelInfo{Ref: ref, Card: card, Bytes: int64(len(m.Bytes)), Bundled: bundled}
}

// Find returns the version of the name, the active one for version 0. It fails
// with inspection.ErrNotFound where there is none, and with
// inspection.ErrBadModel where its file is damaged.
func (r *Registry) Find(name string, version int) (ModelInfo, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	list, err := r.list()
	if err != nil {
		return ModelInfo{}, err
	}
	var names []string
	for _, m := range list {
		if m.Ref.Name == name && (m.Ref.Version == version || version == 0 && m.Active) {
			return m, nil
		}
		names = append(names, fmt.Sprintf("%s@%d", m.Ref.Name, m.Ref.Version))
	}
	wanted := version
	if version == 0 {
		if wanted, err = r.active(name); err != nil {
			return ModelInfo{}, fmt.Errorf("%w (known: %s)", err, strings.Join(names, ", "))
		}
	}
	return ModelInfo{}, fmt.Errorf("%w (known: %s)", r.absent(name, wanted), strings.Join(names, ", "))
}

func (r *Registry) active(name string) (int, error) {
	events, err := r.promotions()
	if err != nil {
		return 0, err
	}
	return r.activeVersion(events, name)
}

// Load reads a registered model; version 0 is the active one. The model's card
// carries the registered name and version.
func (r *Registry) Load(name string, version int) (*onnx.Model, error) {
	info, err := r.Find(name, version)
	if err != nil {
		return nil, err
	}
	data, err := r.read(info)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", name, err)
	}
	m, err := onnx.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", name, err)
	}
	m.Card.Name, m.Card.Version = info.Ref.Name, info.Ref.Version
	return m, nil
}

func (r *Registry) read(info ModelInfo) ([]byte, error) {
	if info.Bundled {
		return fs.ReadFile(r.bundled, info.Ref.Name+".onnx")
	}
	return os.ReadFile(r.file(info.Ref))
}

func (r *Registry) file(ref inspection.ModelRef) string {
	return filepath.Join(r.dir, ref.Name, strconv.Itoa(ref.Version)+".onnx")
}

// Open returns the model that MODEL on a command line means: "name", "name@2",
// or an ONNX file, which is checked before it is read.
func (r *Registry) Open(ctx context.Context, model string) (*onnx.Model, error) {
	if isModelFile(model) {
		return r.openFile(ctx, model)
	}
	name, version, err := ParseModelName(model)
	if err != nil {
		return nil, err
	}
	return r.Load(name, version)
}

func isModelFile(model string) bool {
	return strings.HasSuffix(model, ".onnx") || strings.ContainsRune(model, filepath.Separator)
}

func (r *Registry) openFile(ctx context.Context, file string) (*onnx.Model, error) {
	m, err := onnx.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("model file %s: %w", file, err)
	}
	if err := r.check(ctx, file); err != nil {
		return nil, fmt.Errorf("model file %s: %w", file, err)
	}
	if m.Card.Name == "" {
		m.Card.Name = strings.TrimSuffix(filepath.Base(file), ".onnx")
	}
	return m, nil
}

// NextVersion returns the number that the next model of that name will carry.
func (r *Registry) NextVersion(name string) (int, error) {
	list, err := r.List()
	if err != nil {
		return 0, err
	}
	return r.nextVersion(list, name), nil
}

// nextVersion counts files that cannot be read too: they are never written over.
func (r *Registry) nextVersion(list []ModelInfo, name string) int {
	next := 1
	for _, version := range r.versions(name) {
		next = max(next, version+1)
	}
	for _, m := range list {
		if m.Ref.Name == name {
			next = max(next, m.Ref.Version+1)
		}
	}
	return next
}

// Add registers a model under its name as the next version, without promoting
// it. The file is written whole or not at all, and never over another: of
// processes that add at once each gets a version of its own.
func (r *Registry) Add(name string, data []byte) (ModelInfo, error) {
	if err := CheckModelName(name); err != nil {
		return ModelInfo{}, err
	}
	m, err := onnx.Decode(data)
	if err != nil {
		return ModelInfo{}, fmt.Errorf("add model %s: %w", name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	list, err := r.list()
	if err != nil {
		return ModelInfo{}, err
	}
	digest := sha256.Sum256(data)
	ref := inspection.ModelRef{Name: name, Version: r.nextVersion(list, name), SHA256: hex.EncodeToString(digest[:])}
	if err := os.MkdirAll(filepath.Dir(r.file(ref)), 0o750); err != nil {
		return ModelInfo{}, fmt.Errorf("add model %s: %w", name, inspection.StorageError(err))
	}
	for err = r.create(r.file(ref), data); errors.Is(err, fs.ErrExist); err = r.create(r.file(ref), data) {
		ref.Version++
	}
	if err != nil {
		return ModelInfo{}, fmt.Errorf("add model %s: %w", name, err)
	}
	info := describe(m, ref, false)
	info.Active = ref.Version == 1
	return info, nil
}

// Import checks a file from outside and registers it: first our own reader,
// then the check given to NewRegistry. An empty name takes the card's or the
// file's own.
func (r *Registry) Import(ctx context.Context, file, name string) (ModelInfo, error) {
	m, err := r.openFile(ctx, file)
	if err != nil {
		return ModelInfo{}, err
	}
	if name == "" {
		name = m.Card.Name
	}
	if CheckModelName(name) != nil {
		return ModelInfo{}, fmt.Errorf("import %s: %w", file, ModelNameError{name, "1 to 64 letters, digits, - or _: give it one with --name"})
	}
	return r.Add(name, m.Bytes)
}

// Export writes a registered model to a file, which must not exist.
func (r *Registry) Export(name string, version int, file string) error {
	info, err := r.Find(name, version)
	if err != nil {
		return err
	}
	data, err := r.read(info)
	if err != nil {
		return fmt.Errorf("export model: %w", err)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("export to %s: %w", file, inspection.ErrExists)
	}
	return inspection.StorageError(atomicfile.Write(file, data, 0o640))
}
