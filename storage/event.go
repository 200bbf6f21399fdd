package storage

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/oklog/ulid/v2"

	"assay/inspection"
)

// kind says what an event is.
type kind byte

const (
	kindRecord  kind = 'r' // an inspected part; its image lies beside it
	kindReview  kind = 'v' // a person's decision on a record
	kindSealed  kind = 's' // a closed segment's file got its final form
	kindDropped kind = 'd' // retention removed a segment
)

// valid reports whether this version knows the kind.
func (k kind) valid() bool {
	return k == kindRecord || k == kindReview || k == kindSealed || k == kindDropped
}

// String names the kind in words.
func (k kind) String() string {
	switch k {
	case kindRecord:
		return "record"
	case kindReview:
		return "review"
	case kindSealed:
		return "seal"
	case kindDropped:
		return "drop"
	}
	return "unknown"
}

// digest is a SHA-256 sum.
type digest [sha256.Size]byte

// event is one link of the audit chain. Its sequence number is its key and
// counts the events of the whole log from 1.
type event struct {
	sequence uint64
	kind     kind
	id       ulid.ULID
	hash     digest
	body     []byte
}

// eventHeader is the size of what stands before the body: kind, ID, hash.
const eventHeader = 1 + len(ulid.ULID{}) + len(digest{})

// encode returns the event's value: kind, ID, hash, body.
func (e event) encode() []byte {
	value := make([]byte, 0, eventHeader+len(e.body))
	value = append(value, byte(e.kind))
	value = append(value, e.id[:]...)
	value = append(value, e.hash[:]...)
	return append(value, e.body...)
}

// link returns the hash that chains the event to the one before it: SHA-256
// over the previous hash, the sequence number, kind, ID and body.
func (e event) link(previous digest) digest {
	h := sha256.New()
	h.Write(previous[:])
	h.Write(sequenceKey(e.sequence))
	h.Write([]byte{byte(e.kind)})
	h.Write(e.id[:])
	h.Write(e.body)
	return digest(h.Sum(nil))
}

// decodeEvent reads what encode wrote. The event's body shares the value's memory.
func decodeEvent(key, value []byte) (event, error) {
	if len(key) != 8 {
		return event{}, fmt.Errorf("%w: event key of %d bytes, want 8", inspection.ErrDamaged, len(key))
	}
	if len(value) < eventHeader {
		return event{}, fmt.Errorf("%w: event of %d bytes, want at least %d", inspection.ErrDamaged, len(value), eventHeader)
	}
	e := event{sequence: binary.BigEndian.Uint64(key), kind: kind(value[0]), body: value[eventHeader:]}
	copy(e.id[:], value[1:])
	copy(e.hash[:], value[1+len(e.id):])
	if !e.kind.valid() {
		return event{}, fmt.Errorf("%w: event %d is of unknown kind %q", inspection.ErrDamaged, e.sequence, value[0])
	}
	return e, nil
}

// sequenceKey returns the event's key: eight bytes, most significant first, so
// that keys sort by sequence.
func sequenceKey(sequence uint64) []byte {
	return binary.BigEndian.AppendUint64(nil, sequence)
}
