package station

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"assay/inspection"
	"assay/internal/atomicfile"
	"assay/training/checkpoint"
)

// formerSuffix ends the names under which an interrupted training lies while another one of its name has no
// checkpoint of its own yet.
const formerSuffix = ".before"

func former(file string) string { return file + formerSuffix }

// KeptEpochs returns after how many epochs an interrupted training of that name
// is kept, which another one of that name takes the place of; kept is false where
// there is none. A checkpoint that this program cannot read counts 0 epochs. It
// reads the disk: call it off the window's goroutine.
func (s *Station) KeptEpochs(name string) (epochs int, kept bool) {
	if CheckModelName(name) != nil || !s.hasCheckpoint(name) {
		return 0, false
	}
	return len(s.keptCurve(name)), true
}

// keptCurve returns the epochs that the checkpoint of that name holds, nil where it
// cannot be read: whoever goes on from it says why.
func (s *Station) keptCurve(name string) []EpochPoint {
	state, err := checkpoint.Read(s.checkpointFile(name))
	if err != nil {
		return nil
	}
	points := make([]EpochPoint, len(state.History))
	for i, e := range state.History {
		points[i] = EpochPoint(e)
	}
	return points
}

// setFormerAside keeps an interrupted training of that name until settleFormer:
// what takes its place may come to nothing. Call it within alone.
func (s *Station) setFormerAside(name string) error {
	s.settleHeld(name)
	if !s.hasCheckpoint(name) {
		return nil
	}
	state, request := s.checkpointFile(name), s.jobFile(name)
	err := os.Rename(state, former(state))
	if err == nil {
		err = os.Rename(request, former(request))
	}
	if errors.Is(err, fs.ErrNotExist) { // a command's: that must not come back with the new one's settings
		err = atomicfile.Write(former(request), []byte("null"), 0o640)
	}
	if err != nil {
		return fmt.Errorf("set the interrupted training aside: %w", inspection.StorageError(err))
	}
	return nil
}

// settleFormers does what a station that was killed could not do any more.
func (s *Station) settleFormers() {
	files, err := filepath.Glob(filepath.Join(s.checkpointFolder(), "*.checkpoint"+formerSuffix))
	if err != nil {
		return // the pattern is good
	}
	for _, file := range files {
		s.settleFormer(strings.TrimSuffix(filepath.Base(file), ".checkpoint"+formerSuffix))
	}
}

// settleFormer brings an interrupted training that was set aside back, and reports
// that, where the one that was to take its place has no checkpoint of its own;
// otherwise it removes it. A training of another process is left alone.
func (s *Station) settleFormer(name string) (back bool) {
	if !s.hasFormer(name) {
		return false
	}
	err := s.alone(name, func() error {
		back = s.settleHeld(name)
		return nil
	})
	if err != nil {
		s.params.Logger.Warn("bring the interrupted training back", "name", name, "error", err)
	}
	return back
}

func (s *Station) hasFormer(name string) bool {
	_, err := os.Stat(former(s.checkpointFile(name)))
	return err == nil
}

// settleHeld is settleFormer within alone. A kill between any two of its steps,
// or of setFormerAside, leaves what it understands: the settings lie aside only
// while the checkpoint does.
func (s *Station) settleHeld(name string) (back bool) {
	if !s.hasFormer(name) || s.hasCheckpoint(name) {
		s.dropFormer(name)
		return false
	}
	state, request := s.checkpointFile(name), s.jobFile(name)
	err := os.Rename(former(request), request)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = os.Rename(former(state), state)
	}
	if err != nil {
		s.params.Logger.Warn("bring the interrupted training back", "name", name, "error", err)
	}
	return err == nil
}

// dropFormer removes what was set aside, for good.
func (s *Station) dropFormer(name string) {
	s.remove(former(s.checkpointFile(name)))
	s.remove(former(s.jobFile(name)))
}
