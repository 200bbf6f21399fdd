package storagetest_test

import (
	"testing"

	"assay/storage"
	"assay/storage/storagetest"
)

func TestTheLogConforms(t *testing.T) {
	storagetest.Conformance(t, func(t *testing.T) storagetest.Log { return storagetest.Open(t, storage.Options{}) })
}

func TestMemoryConforms(t *testing.T) {
	storagetest.Conformance(t, func(*testing.T) storagetest.Log { return &storagetest.Memory{} })
}
