package main

import (
	"assay/internal/atomicfile"
	"assay/storage"
)

// writeImage writes a record's picture to a file; an empty name writes nothing.
func writeImage(log *storage.Log, id, file string) error {
	if file == "" {
		return nil
	}
	data, _, err := log.Image(id)
	if err != nil {
		return err
	}
	return atomicfile.Write(file, data, 0o640)
}
