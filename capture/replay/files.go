package replay

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/inspection"
)

// extensions are those of the image files that are read.
var extensions = []string{".jpg", ".jpeg", ".png", ".bmp"}

// list returns the image files in dir and below, relative to it with slashes,
// in natural order.
func list(dir string) ([]string, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("there is no folder %s: %w", dir, inspection.ErrSourceMissing)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is a file, not a folder: %w", dir, inspection.ErrSourceMissing)
	}
	root := os.DirFS(dir)
	var names []string
	err = fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case isHidden(name) && e.IsDir():
			return fs.SkipDir
		case !e.IsDir() && !isHidden(name) && slices.Contains(extensions, extension(name)):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read folder %s: %w", dir, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("folder %s holds no picture (.jpg, .jpeg, .png or .bmp): %w", dir, inspection.ErrSourceEmpty)
	}
	slices.SortFunc(names, compareNatural)
	return names, nil
}

// isHidden reports whether the last element of name begins with a dot, as the
// shadow files do that some systems leave beside pictures.
func isHidden(name string) bool {
	base := filepath.Base(name)
	return base != "." && strings.HasPrefix(base, ".")
}

func extension(name string) string { return strings.ToLower(filepath.Ext(name)) }

// compareNatural orders names as people do: runs of digits by their value,
// anything else by its bytes. Names that differ never compare equal.
func compareNatural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		p, q := chunk(x), chunk(y)
		if c := compareChunks(p, q); c != 0 {
			return c
		}
		x, y = x[len(p):], y[len(q):]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

func compareChunks(p, q string) int {
	if !isDigit(p[0]) || !isDigit(q[0]) {
		return strings.Compare(p, q)
	}
	p, q = strings.TrimLeft(p, "0"), strings.TrimLeft(q, "0")
	return cmp.Or(cmp.Compare(len(p), len(q)), strings.Compare(p, q))
}

// chunk returns the digits, or the single other byte, that s begins with.
func chunk(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:max(n, 1)]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
