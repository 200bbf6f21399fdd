package checkpoint

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

func TestOneHoldsACheckpointAtATime(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "checkpoints") // is made
	path := filepath.Join(folder, "demo.checkpoint")
	held, err := Hold(path)
	require.NoError(t, err)
	_, err = Hold(path)
	require.ErrorIs(t, err, inspection.ErrInTraining)
	require.ErrorContains(t, err, "demo")
	other, err := Hold(filepath.Join(folder, "other.checkpoint"))
	require.NoError(t, err, "of another name")
	other.Release()
	held.Release()
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
	again, err := Hold(path)
	require.NoError(t, err)
	again.Release()
}

// TestALockFileThatIsLeftHoldsNobodyUp: a process that was killed leaves the file,
// and not the lock.
func TestALockFileThatIsLeftHoldsNobodyUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.checkpoint")
	require.NoError(t, os.WriteFile(path+lockSuffix, nil, 0o600))
	held, err := Hold(path)
	require.NoError(t, err)
	held.Release()
	require.NoFileExists(t, path+lockSuffix)
}

// TestARemovedLockFileIsNotTaken: who opened it before a training that ended
// removed it would hold a file that nobody else sees, also where another is there.
func TestARemovedLockFileIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.checkpoint")
	for _, replaced := range []bool{false, true} {
		opened, err := os.Create(path + lockSuffix)
		require.NoError(t, err)
		require.NoError(t, os.Remove(opened.Name()))
		if replaced {
			other, err := Hold(path)
			require.NoError(t, err)
			defer other.Release()
		}
		held, err := take(opened)
		require.NoError(t, err)
		require.Nil(t, held, "replaced: %v", replaced)
		require.NoError(t, opened.Close())
	}
}

// TestNeverTwoHoldACheckpoint, also where one lets go, and removes the lock file,
// while others open it.
func TestNeverTwoHoldACheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "demo.checkpoint")
	var holders sync.WaitGroup
	var inside sync.Mutex
	for range 4 {
		holders.Go(func() {
			for taken := 0; taken < 50; {
				held, err := Hold(path)
				if err != nil {
					continue
				}
				taken++
				if !inside.TryLock() {
					t.Error("two hold it")
					return
				}
				runtime.Gosched()
				inside.Unlock()
				held.Release()
			}
		})
	}
	holders.Wait()
}

func TestAFolderThatCannotBeWrittenHoldsNothing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Hold(filepath.Join(file, "demo.checkpoint"))
	require.Error(t, err)
	require.NotErrorIs(t, err, inspection.ErrInTraining)
}
