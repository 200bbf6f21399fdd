// Package checkpoint keeps the state of a training in one file, so that a
// training that was killed goes on as if nothing had happened. The file is
// replaced atomically and carries its own digest: what is read is either whole
// or refused.
package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"assay/inference/architecture"
	"assay/inspection"
	"assay/internal/atomicfile"
	"assay/training/metrics"
)

// magic opens the file; the format's version in decimal, a line feed, the
// SHA-256 of the rest and the rest (a gob stream) follow.
const (
	magic   = "assay training checkpoint "
	version = 2 // 2 added the average; a file of version 1 has none
)

// State is a training after an epoch.
type State struct {
	// Key names the training: what was asked for and the data set. A state goes on only under the same key.
	Key string
	// History holds every epoch so far; the last is the one the state was taken after.
	History []metrics.Epoch
	// Weights and Solver are the network's and the solver's state after the last epoch.
	Weights architecture.Weights
	Solver  []byte
	// Average is the average of the weights over Averaged steps; nil where nothing is averaged.
	Average  architecture.Weights
	Averaged int
	// Best holds the weights that are kept: those validated after the best epoch so far.
	Best architecture.Weights
}

// Write replaces the checkpoint at path; a crash or an error leaves the former
// one or the new one. Errors wrap inspection.ErrDiskFull or inspection.ErrReadOnly
// where that is the reason.
func Write(path string, s *State) error {
	var payload bytes.Buffer
	if err := gob.NewEncoder(&payload).Encode(s); err != nil {
		return fmt.Errorf("write checkpoint: %w", err)
	}
	digest := sha256.Sum256(payload.Bytes())
	data := append([]byte(magic+strconv.Itoa(version)+"\n"), digest[:]...)
	if err := atomicfile.Write(path, append(data, payload.Bytes()...), 0o600); err != nil {
		return fmt.Errorf("write checkpoint: %w", inspection.StorageError(err))
	}
	return nil
}

// Read returns the checkpoint at path. Errors wrap inspection.ErrNotFound where
// there is none, inspection.ErrNewerVersion, or inspection.ErrDamaged where the
// content is not what was written.
func Read(path string) (*State, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read checkpoint %s: %w", path, inspection.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	state, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint %s: %w", path, err)
	}
	return state, nil
}

func decode(data []byte) (*State, error) {
	head, rest, ok := bytes.Cut(data, []byte("\n"))
	number, isOurs := bytes.CutPrefix(head, []byte(magic))
	found, err := strconv.Atoi(string(number))
	if !ok || !isOurs || err != nil {
		return nil, fmt.Errorf("%w: not a checkpoint", inspection.ErrDamaged)
	}
	if found > version {
		return nil, fmt.Errorf("%w: checkpoint format %d, this program knows %d", inspection.ErrNewerVersion, found, version)
	}
	if len(rest) < sha256.Size || sha256.Sum256(rest[sha256.Size:]) != [sha256.Size]byte(rest[:sha256.Size]) {
		return nil, fmt.Errorf("%w: digest does not match", inspection.ErrDamaged)
	}
	state := new(State)
	if err := gob.NewDecoder(bytes.NewReader(rest[sha256.Size:])).Decode(state); err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrDamaged, err)
	}
	return state, nil
}

// Remove deletes the checkpoint at path, and what processes that were killed while
// they wrote it left beside it. It is no error if there is none. No training may
// be writing it meanwhile.
func Remove(path string) error {
	halves, err := atomicfile.Leftovers(path)
	if err != nil {
		return fmt.Errorf("remove checkpoint: %w", err)
	}
	var problems error
	for _, file := range append(halves, path) {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = errors.Join(problems, fmt.Errorf("remove checkpoint: %w", inspection.StorageError(err)))
		}
	}
	return problems
}
