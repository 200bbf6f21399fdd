package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"assay/inspection"
	"assay/internal/atomicfile"
)

// place says where the model is kept.
func (r trainedRow) place() string {
	return cmp.Or(r.File, nameInWords(r.Model, r.Version))
}

// keep writes the model to the registry or the file asked for.
func (g *globals) keep(row *trainedRow, o trainOptions) error {
	if o.output != "" {
		row.File = o.output
		return inspection.StorageError(atomicfile.Write(o.output, row.Result.File, 0o640))
	}
	m, err := g.registry().Add(o.name, row.Result.File)
	row.Version = m.Ref.Version
	return err
}

// notKept says that a model which was trained could not be written where it
// belongs, and how to come by it all the same: from the folder for temporary
// files, where there is room for it, and by training again.
func notKept(err error, state string, row trainedRow) error {
	again := "train again"
	if _, missing := os.Stat(state); missing == nil {
		again += " with --resume, which goes on after the last epoch"
	}
	text := "the new model could not be written, the current one is as it was: mend that, then " + again
	switch {
	case errors.Is(err, inspection.ErrDiskFull):
		text = "the disk is full: the new model could not be written, the current one is as it was; free some space, then " + again
	case errors.Is(err, inspection.ErrReadOnly):
		text = "the folder cannot be written: the new model is not kept, the current one is as it was; give write permission, then " + again
	}
	if saved := saveElsewhere(row); saved != "" {
		text += fmt.Sprintf(", or take it with `assay models import` from %s, where it is meanwhile", saved)
	}
	return plainError{fmt.Errorf("%s (%w)", text, err)}
}

// saveElsewhere writes the model into the folder for temporary files and returns
// its path; "" where there is no room either.
func saveElsewhere(row trainedRow) string {
	file := filepath.Join(os.TempDir(), fmt.Sprintf("%s-%.12s.onnx", row.Model, row.SHA256))
	if err := atomicfile.Write(file, row.Result.File, 0o600); err != nil {
		return ""
	}
	return file
}
