//go:build unix

package dataset

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"assay/inspection"

	"github.com/stretchr/testify/require"
)

// TestWhatIsNoFileIsUnreadable and holds nothing up: a pipe that nobody writes
// to, a folder with a picture's name, and a file too large to be a picture.
func TestWhatIsNoFileIsUnreadable(t *testing.T) {
	root := tree(t, "def/a.png", "def/b.png", "ok/c.png", "ok/d.png", "ok/e.png")
	require.NoError(t, syscall.Mkfifo(filepath.Join(root, "ok", "pipe.png"), 0o600))
	require.NoError(t, os.Symlink(root, filepath.Join(root, "ok", "linked.png")))
	huge := filepath.Join(root, "ok", "huge.png")
	require.NoError(t, os.WriteFile(huge, nil, 0o600))
	require.NoError(t, os.Truncate(huge, maxFile+1)) // a hole, which takes no space
	list, err := WholeFolder(root, FolderOptions{})
	require.NoError(t, err)
	require.Len(t, list, 8)
	set := load(t, list)
	require.Equal(t, 5, set.Len())
	for _, p := range set.Unreadable {
		require.ErrorIs(t, p.Err, inspection.ErrBadImage, p.Name)
		require.Regexp(t, "is no file|more than any picture", p.Err.Error(), "it is not read at all")
	}
}
