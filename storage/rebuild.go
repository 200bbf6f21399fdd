package storage

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"assay/inspection"
)

// Rebuild builds the index anew from the segments and puts it in the place of the
// present one. Reads and Appends go on meanwhile; only the last events are added
// while Appends wait.
func (l *Log) Rebuild(ctx context.Context) error {
	if l.options.ReadOnly {
		return fmt.Errorf("rebuild index: %w", inspection.ErrReadOnly)
	}
	l.rebuilding.Lock()
	defer l.rebuilding.Unlock()
	l.dropping.RLock()
	defer l.dropping.RUnlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("rebuild index: %w", err)
	}
	x, err := l.fill(filepath.Join(l.dir, "."+indexFile+".rebuild"+temporarySuffix), l.snapshotSegments())
	if err == nil {
		err = l.exclusively(func() error { return l.install(ctx, x) })
		if err != nil {
			err = errors.Join(err, removeIfThere(x.path))
		}
	}
	if err != nil {
		return fmt.Errorf("rebuild index: %w", err)
	}
	return nil
}

// install adds what came since to the new index and puts it in the place of the
// present one. It runs on the writer's goroutine.
func (l *Log) install(ctx context.Context, x *index) error {
	err := errors.Join(ctx.Err(), l.reconcile(x))
	if err == nil {
		x.setSegments(noteSegments(l.snapshotSegments()))
		err = l.adopt(x, filepath.Join(l.dir, indexFile))
	}
	if err != nil {
		return errors.Join(err, guard(x.db.Close))
	}
	return l.index.swap(x)
}

// swap takes over another index's file and closes the present one.
func (x *index) swap(other *index) error {
	x.flushing.Lock()
	defer x.flushing.Unlock()
	x.mutex.Lock()
	former := x.db
	x.db, x.overlay, x.segments = other.db, other.overlay, other.segments
	x.dirty, x.damaged = true, false
	x.mutex.Unlock()
	return guard(former.Close)
}
