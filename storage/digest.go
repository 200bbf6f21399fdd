package storage

import (
	"encoding/hex"
	"fmt"

	"assay/inspection"
)

// String returns the digest in hex.
func (d digest) String() string { return hex.EncodeToString(d[:]) }

// parseDigest reads the hex text of a digest.
func parseDigest(text string) (digest, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(digest{}) {
		return digest{}, fmt.Errorf("%w: %q is no SHA-256 sum", inspection.ErrDamaged, text)
	}
	return digest(raw), nil
}
