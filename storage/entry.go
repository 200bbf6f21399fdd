package storage

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"

	"assay/inspection"
)

// entry is what the index knows of a record. Entries are immutable once shared.
type entry struct {
	id       ulid.ULID
	sequence uint64 // of the record's event
	// machine, operator and supervisor are the three verdicts; the latter two are empty until given.
	machine, operator, supervisor inspection.Verdict
	// unfamiliar says that the picture was unlike what the model had learnt from.
	unfamiliar                 bool
	model, recipe, lot, serial string
}

// newEntry returns the entry of a record just logged as event number sequence.
func newEntry(id ulid.ULID, sequence uint64, r inspection.Record) *entry {
	return &entry{
		id: id, sequence: sequence, machine: r.Machine.Verdict, unfamiliar: r.Familiarity != nil && r.Familiarity.Unfamiliar,
		model: r.Model.Name, recipe: r.Recipe, lot: r.Lot, serial: r.Serial,
	}
}

// withDecision returns the entry with one more decision.
func (e *entry) withDecision(role inspection.Role, v inspection.Verdict) *entry {
	changed := *e
	if role == inspection.Supervisor {
		changed.supervisor = v
	} else {
		changed.operator = v
	}
	return &changed
}

// final is the verdict that stands.
func (e *entry) final() inspection.Verdict {
	if e.supervisor != "" {
		return e.supervisor
	}
	if e.operator != "" {
		return e.operator
	}
	return e.machine
}

// reviewed reports whether a person's decision stands, as inspection.Record.Reviewed says it.
func (e *entry) reviewed() bool {
	return e.supervisor != "" || e.operator != "" && e.operator != inspection.Review
}

// hasReviews reports whether there are reviews of the record, be they taken back.
func (e *entry) hasReviews() bool { return e.operator != "" || e.supervisor != "" }

// status is the final verdict, whether the record is reviewed, and whether the picture
// was unfamiliar, in one byte.
type status byte

const (
	statusReviewed   status = 0x10
	statusUnfamiliar status = 0x20
)

func (e *entry) status() status { return newStatus(e.final(), e.reviewed(), e.unfamiliar) }

func newStatus(v inspection.Verdict, reviewed, unfamiliar bool) status {
	s := status(verdictCode(v))
	if reviewed {
		s |= statusReviewed
	}
	if unfamiliar {
		s |= statusUnfamiliar
	}
	return s
}

// verdict returns the verdict within the status, reviewed and unfamiliar the rest.
func (s status) verdict() inspection.Verdict {
	return codeVerdict(byte(s &^ (statusReviewed | statusUnfamiliar)))
}

func (s status) reviewed() bool   { return s&statusReviewed != 0 }
func (s status) unfamiliar() bool { return s&statusUnfamiliar != 0 }

var verdictCodes = []inspection.Verdict{"", inspection.Pass, inspection.Review, inspection.Fail}

func verdictCode(v inspection.Verdict) byte {
	for code, known := range verdictCodes {
		if known == v {
			return byte(code)
		}
	}
	return 0
}

func codeVerdict(code byte) inspection.Verdict {
	if int(code) < len(verdictCodes) {
		return verdictCodes[code]
	}
	return ""
}

// encode returns the entry's value in the index: sequence, the three verdicts, of
// which the machine's carries whether the picture was unfamiliar, the four texts.
func (e *entry) encode() []byte {
	value := binary.BigEndian.AppendUint64(nil, e.sequence)
	machine := newStatus(e.machine, false, e.unfamiliar)
	value = append(value, byte(machine), verdictCode(e.operator), verdictCode(e.supervisor))
	return appendTexts(value, e.model, e.recipe, e.lot, e.serial)
}

// decodeEntry reads what encode wrote.
func decodeEntry(key, value []byte) (*entry, error) {
	e := &entry{}
	if len(key) != len(e.id) || len(value) < 11 {
		return nil, fmt.Errorf("%w: index entry of %d and %d bytes", inspection.ErrDamaged, len(key), len(value))
	}
	copy(e.id[:], key)
	e.sequence = binary.BigEndian.Uint64(value)
	machine := status(value[8])
	e.machine, e.unfamiliar = machine.verdict(), machine.unfamiliar()
	e.operator, e.supervisor = codeVerdict(value[9]), codeVerdict(value[10])
	if rest, ok := readTexts(value[11:], &e.model, &e.recipe, &e.lot, &e.serial); !ok || len(rest) > 0 {
		return nil, fmt.Errorf("%w: index entry %s", inspection.ErrDamaged, e.id)
	}
	return e, nil
}

// appendTexts appends each text after its length as a uvarint.
func appendTexts(b []byte, texts ...string) []byte {
	for _, text := range texts {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return b
}

// readTexts reads what appendTexts wrote and returns what follows.
func readTexts(b []byte, texts ...*string) (rest []byte, ok bool) {
	for _, text := range texts {
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) {
			return nil, false
		}
		*text = string(b[n : n+int(length)])
		b = b[n+int(length):]
	}
	return b, true
}

// dimension is a property by which the index lists records.
type dimension byte

const (
	byStatus dimension = 's'
	byModel  dimension = 'm'
	byRecipe dimension = 'r'
	byLot    dimension = 'l'
	bySerial dimension = 'n'
)

// postingPrefix is what the keys of all records with that value in the dimension
// begin with: the dimension and eight bytes of the value's SHA-256. Values may in
// theory share a prefix; who reads compares the entry.
func postingPrefix(d dimension, value string) []byte {
	sum := sha256.Sum256([]byte(value))
	return append([]byte{byte(d)}, sum[:8]...)
}

// postings returns the keys under which the entry is listed.
func (e *entry) postings() [][]byte {
	keys := [][]byte{append(postingPrefix(byStatus, string(rune(e.status()))), e.id[:]...)}
	for _, p := range []struct {
		d     dimension
		value string
	}{{byModel, e.model}, {byRecipe, e.recipe}, {byLot, e.lot}, {bySerial, e.serial}} {
		if p.value != "" {
			keys = append(keys, append(postingPrefix(p.d, p.value), e.id[:]...))
		}
	}
	return keys
}

// hourOf returns the hour since 1970 (UTC) that the ID's time lies in.
func hourOf(milliseconds uint64) uint32 {
	return uint32(milliseconds / uint64(time.Hour/time.Millisecond))
}

// cell is one counter of the index: how many records of an hour share all these properties.
type cell struct {
	hour               uint32
	status             status
	model, recipe, lot string
}

func (e *entry) cell() cell {
	return cell{hour: hourOf(e.id.Time()), status: e.status(), model: e.model, recipe: e.recipe, lot: e.lot}
}

// key returns the counter's key, which sorts by hour.
func (c cell) key() []byte {
	key := binary.BigEndian.AppendUint32(nil, c.hour)
	key = append(key, byte(c.status))
	return appendTexts(key, c.model, c.recipe, c.lot)
}

// parseCell reads what key returned.
func parseCell(key []byte) (cell, error) {
	if len(key) < 5 {
		return cell{}, fmt.Errorf("%w: index counter of %d bytes", inspection.ErrDamaged, len(key))
	}
	c := cell{hour: binary.BigEndian.Uint32(key), status: status(key[4])}
	if rest, ok := readTexts(key[5:], &c.model, &c.recipe, &c.lot); !ok || len(rest) > 0 {
		return cell{}, fmt.Errorf("%w: index counter", inspection.ErrDamaged)
	}
	return c, nil
}
