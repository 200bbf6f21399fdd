package dataset

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"assay/inspection"
)

// Input is a list of images to import and where they come from.
type Input struct {
	Source Source
	Items  []Item
}

// FolderInput lists all class folders below dir as an Input.
func FolderInput(dir string, o FolderOptions) (Input, error) {
	items, err := WholeFolder(dir, o)
	if err != nil {
		return Input{}, err
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return Input{}, fmt.Errorf("import %s: %w", dir, err)
	}
	return Input{Source{Kind: SourceFolder, Path: absolute}, items}, nil
}

// ImportRequest says what becomes the next version of a data set.
type ImportRequest struct {
	Name string
	// Inputs are merged. The names of one input's items must differ.
	Inputs []Input
	// Extend keeps the images of the version before, where they stand; new ones are divided into training and
	// validation, but for near-duplicates of old ones, which go where those are. So the test part stays as it is.
	// Without it the new version holds the inputs alone.
	Extend bool
	// Split divides, for Extend only by its Seed and Validation.
	Split SplitOptions
	Near  NearOptions
	By    string
	At    time.Time
	Note  string
	// Progress is called while images are read; it may be nil.
	Progress func(done, total int)
}

// Imported is what an import found and made.
type Imported struct {
	Snapshot *Snapshot
	// Audit is about all images of the new version and those that could not be read.
	Audit Audit
	// Known counts the images that an extended version held already, by content.
	Known int
}

// Import reads all images, finds duplicates, divides and writes the next version
// of the name. Images that cannot be decoded, and identical ones whose labels
// disagree, are listed as excluded with the reason. Errors wrap
// inspection.ErrBadDataset, inspection.ErrDiskFull, inspection.ErrReadOnly or
// inspection.ErrExists (another import was faster), or are ctx's; then nothing
// was written.
func (s Store) Import(ctx context.Context, r ImportRequest) (*Imported, error) {
	if err := CheckName(r.Name); err != nil {
		return nil, err
	}
	draft, parent, err := s.draft(r)
	if err != nil {
		return nil, err
	}
	m := &merger{snapshot: draft, request: r}
	if parent != nil && r.Extend {
		m.keep(parent)
	}
	for _, input := range r.Inputs {
		m.add(input)
	}
	if len(m.items) == 0 {
		return nil, fmt.Errorf("%w: there are no images to import", inspection.ErrBadDataset)
	}
	survey, err := Inspect(ctx, m.items, SurveyOptions{Content: true, Progress: r.Progress})
	if err != nil {
		return nil, err
	}
	if err := survey.unchanged(m.items[:m.old]); err != nil {
		return nil, err
	}
	m.dropKnown(survey)
	groups, err := survey.Groups(ctx, r.Near)
	if err != nil {
		return nil, err
	}
	groups.Label(survey.Items)
	if err := m.fill(survey); err != nil {
		return nil, err
	}
	if err := s.keepImages(ctx, draft, m.entries, survey); err != nil {
		return nil, err
	}
	if err := s.write(draft); err != nil {
		return nil, err
	}
	return &Imported{Snapshot: draft, Audit: NewAudit(survey, groups), Known: m.known}, nil
}

// keepImages writes those images to the store that lie in no folder of their own.
func (s Store) keepImages(ctx context.Context, draft *Snapshot, entries []Entry, survey *Survey) error {
	for i, e := range entries {
		if draft.Sources[e.Source].Kind == SourceFolder {
			continue
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("keep images: %w", err)
		}
		if err := os.MkdirAll(s.images(), 0o750); err != nil {
			return fmt.Errorf("keep images: %w", diskError(err))
		}
		if err := s.keep(survey.Items[i]); err != nil {
			return err
		}
	}
	return nil
}

// draft returns the next version, still empty, and the version before, nil where there is none.
func (s Store) draft(r ImportRequest) (draft, parent *Snapshot, err error) {
	draft = &Snapshot{Format: snapshotFormat, Name: r.Name, Version: 1, Created: r.At.UTC(), By: r.By, Note: r.Note,
		Split: r.Split.withDefaults(), Near: cmp.Or(r.Near.Threshold, DefaultNear), Sources: []Source{}, Entries: []Entry{}, images: s.images()}
	if draft.Split.Kind == Fold {
		return nil, nil, fmt.Errorf("%w: a data set is imported with one division; choose the fold when you train (--fold)", inspection.ErrBadDataset)
	}
	if err := draft.Split.Validate(); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", inspection.ErrBadDataset, err)
	}
	versions, err := s.Versions(r.Name)
	if err != nil || len(versions) == 0 {
		return draft, nil, err
	}
	draft.Version = versions[len(versions)-1] + 1
	parent, err = s.Read(r.Name, 0)
	if err != nil {
		return nil, nil, err
	}
	draft.Parent = parent.ID
	if r.Extend {
		draft.Split = parent.Split
	}
	return draft, parent, nil
}

// merger gathers old and new images into a snapshot.
type merger struct {
	snapshot *Snapshot
	request  ImportRequest
	// items and entries belong together; old counts those of the version before, which come first.
	items   []Item
	entries []Entry
	old     int
	known   int
}

func (m *merger) keep(parent *Snapshot) {
	m.snapshot.Sources = slices.Clone(parent.Sources)
	for _, e := range parent.Entries {
		item := parent.item(e)
		if e.Excluded != nil {
			item.Digest = "" // nothing rests on it
		}
		m.items, m.entries = append(m.items, item), append(m.entries, e)
	}
	m.old = len(m.items)
}

func (m *merger) add(input Input) {
	source := slices.Index(m.snapshot.Sources, input.Source)
	if source < 0 {
		source = len(m.snapshot.Sources)
		m.snapshot.Sources = append(m.snapshot.Sources, input.Source)
	}
	for _, item := range input.Items {
		e := Entry{Source: source, Name: item.Name, Class: LabelOf(item.Class), Folder: item.Part}
		if !item.Region.Empty() {
			region := item.Region
			e.Region = &region
		}
		item.Digest = ""
		m.items, m.entries = append(m.items, item), append(m.entries, e)
	}
}

// fill brings what the survey found into the entries, divides them and moves
// them to the snapshot. Afterwards the survey holds the snapshot's images, with
// their parts.
func (m *merger) fill(survey *Survey) error {
	entries := make([]Entry, len(survey.Items))
	for i, index := range survey.Index {
		entries[i] = m.entries[index]
		entries[i].Digest, entries[i].Group = survey.Items[i].Digest, survey.Items[i].Group
	}
	m.entries = entries
	m.excludeBad(survey)
	if err := m.divide(); err != nil {
		return err
	}
	for i := range survey.Items {
		survey.Items[i].Part = m.entries[i].Part
	}
	m.snapshot.Entries = slices.Clone(m.entries)
	m.snapshot.sort()
	for i := 1; i < len(m.snapshot.Entries); i++ {
		if a, b := m.snapshot.Entries[i-1], m.snapshot.Entries[i]; a.Source == b.Source && a.Name == b.Name {
			return fmt.Errorf("%w: two images of one source are named %s", inspection.ErrBadDataset, a.Name)
		}
	}
	return nil
}

// dropKnown takes new images out that the version before holds with the same
// label, or under the same name in the same source.
func (m *merger) dropKnown(survey *Survey) {
	type place struct {
		source int
		name   string
	}
	classes, places := map[string]Label{}, map[place]bool{}
	for _, e := range m.entries[:m.old] {
		classes[e.Digest], places[place{e.Source, e.Name}] = e.Class, true
	}
	survey.filter(func(i int) bool {
		index := survey.Index[i]
		if index < m.old {
			return true
		}
		e := m.entries[index]
		known := classes[survey.Items[i].Digest] == e.Class || places[place{e.Source, e.Name}]
		if known {
			m.known++
		}
		return !known
	})
}

// excludeBad marks what nobody can train on.
func (m *merger) excludeBad(survey *Survey) {
	exclude := func(e *Entry, reason string) {
		if e.Excluded == nil {
			e.Excluded = &Exclusion{Reason: reason, By: importer, At: m.request.At.UTC()}
		}
	}
	disputed := map[string]Conflict{}
	for _, c := range m.conflicts() {
		disputed[c.Digest] = c
	}
	for i := range m.entries {
		e := &m.entries[i]
		if err := survey.Facts[i].Err; err != nil {
			exclude(e, err.Error())
		}
		if c, ok := disputed[e.Digest]; ok {
			exclude(e, fmt.Sprintf(disputedReason+": %s is normal, %s defective", c.Normal[0], c.Defective[0]))
		}
	}
}

// importer stands for who excludes what an import finds wrong.
const importer = "import"

// disputedReason begins the reason for excluding images that a relabelling brings back.
const disputedReason = "labels disagree on identical images"

// conflicts are those of the entries that are in use, under their present labels.
func (m *merger) conflicts() []Conflict {
	used := &Survey{}
	for _, e := range m.entries {
		if e.Excluded == nil {
			class, _ := e.Class.Class()
			used.Items = append(used.Items, Item{Name: e.Name, Class: class, Digest: e.Digest})
		}
	}
	return used.Conflicts()
}

// divide gives each entry its part.
func (m *merger) divide() error {
	var members []Member
	var used []int
	for i, e := range m.entries {
		if e.Excluded != nil {
			continue
		}
		class, _ := e.Class.Class()
		part := e.Folder
		if m.old > 0 {
			part = e.Part
		}
		members, used = append(members, Member{Digest: e.Digest, Class: class, Group: e.Group, Part: part}), append(used, i)
	}
	parts, err := m.assign(members)
	if err != nil {
		return err
	}
	for i, index := range used {
		m.entries[index].Part = parts[i]
	}
	for i := range m.entries {
		if m.entries[i].Part == "" {
			m.entries[i].Part = siblingPart(m.entries, i)
		}
	}
	return nil
}

func (m *merger) assign(members []Member) ([]Part, error) {
	if m.old > 0 {
		return Extend(members, m.request.Split), nil
	}
	for _, class := range []inspection.Class{inspection.Normal, inspection.Defective} {
		if !slices.ContainsFunc(members, func(m Member) bool { return m.Class == class }) {
			return nil, fmt.Errorf("%w: there are no %s images to import; both classes are needed", inspection.ErrBadDataset, class)
		}
	}
	return Assign(members, m.snapshot.Split)
}

// siblingPart is where an excluded image would stand if it came back: with its
// near-duplicates.
func siblingPart(entries []Entry, i int) Part {
	part := Train
	for _, e := range entries {
		if e.Group == entries[i].Group && e.Part != "" && strictness(e.Part) > strictness(part) {
			part = e.Part
		}
	}
	return part
}
