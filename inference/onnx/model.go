package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"assay/inference/architecture"
	"assay/inspection"
)

// Model is one decoded ONNX file. Its fields are shared by everyone who uses
// the model: nobody changes them after Decode, which makes it safe for use by
// several goroutines.
type Model struct {
	// Card is the file's own, or filled from the graph where the file carries none.
	Card inspection.ModelCard
	// Network is the graph in Assay's terms.
	Network *architecture.Network
	// Weights holds one slice a parameter of Network.
	Weights architecture.Weights
	// Extras is what the file carries beside network and card.
	Extras
	// SHA256 is the hex digest of Bytes.
	SHA256 string
	// Bytes is the file as it was read.
	Bytes []byte
}

// Ref returns what records and predictions name the model by.
func (m *Model) Ref() inspection.ModelRef {
	return inspection.ModelRef{Name: m.Card.Name, Version: m.Card.Version, SHA256: m.SHA256}
}

// ReadFile reads and decodes the ONNX file at path. Beyond Decode's errors it
// returns inspection.ErrNotFound where there is no such file.
func ReadFile(path string) (*Model, error) {
	data, err := readBounded(path)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", path, err)
	}
	m, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", path, err)
	}
	return m, nil
}

// readBounded reads at most one byte more than Decode accepts, so that a file
// of any size costs bounded memory.
func readBounded(path string) (data []byte, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", inspection.ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, badModel("it is not a file")
	}
	if info.Size() > maxFileBytes {
		return nil, badModel("it has %d bytes, more than the %d allowed", info.Size(), maxFileBytes)
	}
	return io.ReadAll(io.LimitReader(f, maxFileBytes+1))
}

// digest returns the hex SHA-256 of data.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// badModel returns inspection.ErrBadModel with a sentence.
func badModel(format string, arguments ...any) error {
	return fmt.Errorf("%w: %s", inspection.ErrBadModel, fmt.Sprintf(format, arguments...))
}
