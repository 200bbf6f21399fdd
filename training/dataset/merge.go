package dataset

import (
	"fmt"
	"slices"

	"assay/inspection"
)

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
			if e.Excluded.ByImport() {
				e.Excluded = nil // excludeBad judges it anew
			}
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
	m.takeMarks()
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

// takeMarks takes over what was said of the images in the version that the request names.
func (m *merger) takeMarks() {
	if m.request.Marks == nil {
		return
	}
	type image struct {
		source       Source
		name, digest string
	}
	marked := make(map[image]Entry)
	for _, e := range m.request.Marks.Entries {
		marked[image{m.request.Marks.Sources[e.Source], e.Name, e.Digest}] = e
	}
	for i := range m.entries {
		e := &m.entries[i]
		said, known := marked[image{m.snapshot.Sources[e.Source], e.Name, e.Digest}]
		if !known {
			continue
		}
		e.Included, e.Relabelled = said.Included, said.Relabelled
		if said.Excluded != nil && !said.Excluded.ByImport() {
			e.Excluded = said.Excluded
		}
	}
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
			return nil, fmt.Errorf("%w: there are no %s images to import", inspection.ErrOneClass, class)
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
