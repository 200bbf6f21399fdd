package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"assay/inspection"
)

// Part names a part of a data set that is divided by folders.
type Part string

// The parts. A data set without folders train and test is taken whole for either.
const (
	Train      Part = "train"
	Validation Part = "validation"
	Test       Part = "test"
)

// FolderOptions say how a class folder is read.
type FolderOptions struct {
	// Part chooses the folder below which the classes are searched, where it exists. A set that has the one and
	// not the other cannot serve for the other.
	Part Part
	// Defective names the folder of defective images, or several separated by commas, where names do not give it
	// away; every other folder that is not plainly defective by name is then normal.
	Defective string
	// Region is the part of each image that is judged; empty for the largest centred square.
	Region inspection.Rectangle
}

// Folder lists the images of a data set with one folder a class: names with def,
// ng, bad or fail are defective; ok, good, normal or pass are normal. Images are
// files named .jpg, .jpeg or .png, at any depth; hidden files are passed over.
// The list is sorted by name. Errors wrap inspection.ErrBadDataset and say in a
// sentence what is wrong: nothing there, one class only, a name that says
// nothing.
func Folder(dir string, o FolderOptions) ([]Item, error) {
	root, err := partFolder(dir, o.Part)
	if err != nil {
		return nil, err
	}
	items, err := listFolder(root, o)
	if err != nil {
		return nil, err
	}
	return items, checkClasses(items, root)
}

// WholeFolder is Folder for all parts: it lists the images below train and below
// test, each with its Part, or those of a folder without parts, with none. Names
// are relative to dir. It does not ask for both classes.
func WholeFolder(dir string, o FolderOptions) ([]Item, error) {
	var all []Item
	for _, part := range []Part{Train, Test} {
		o.Part = part
		root, err := partFolder(dir, part)
		if errors.Is(err, errOtherPart) {
			continue
		}
		if err != nil {
			return nil, err
		}
		items, err := listFolder(root, o)
		if err != nil {
			return nil, err
		}
		if filepath.Clean(root) == filepath.Clean(dir) {
			return items, nil
		}
		for _, item := range items {
			item.Name, item.Part = string(part)+"/"+item.Name, part
			all = append(all, item)
		}
	}
	slices.SortFunc(all, func(a, b Item) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// errOtherPart is within the error for a set that has the one part and not the other.
var errOtherPart = errors.New("only the other part")

func listFolder(root string, o FolderOptions) ([]Item, error) {
	folders, err := classFolders(root)
	if err != nil {
		return nil, err
	}
	classes, err := assign(folders, o.Defective, root)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, f := range folders {
		for _, name := range f.images {
			path := filepath.Join(root, filepath.FromSlash(name))
			items = append(items, Item{
				Name: name, Class: classes[f.name], Region: o.Region,
				Read: func() ([]byte, error) { return readFile(path) },
			})
		}
	}
	slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.Name, b.Name) })
	return items, nil
}

// partFolder returns the folder whose children are the classes.
func partFolder(dir string, part Part) (string, error) {
	info, err := os.Stat(dir) //nolint:gosec // the station reads the folders it is told to read
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: the folder %s does not exist", inspection.ErrBadDataset, dir)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", inspection.ErrBadDataset, err)
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%w: %s is a file; give the folder that holds one folder a class", inspection.ErrBadDataset, dir)
	}
	exists := map[Part]bool{}
	for _, p := range []Part{Train, Test} {
		info, err := os.Stat(filepath.Join(dir, string(p))) //nolint:gosec // the station reads the folders it is told to read
		exists[p] = err == nil && info.IsDir()
	}
	switch {
	case exists[part]:
		return filepath.Join(dir, string(part)), nil
	case part != "" && (exists[Train] || exists[Test]):
		return "", fmt.Errorf("%w: %s has no folder %q, %w", inspection.ErrBadDataset, dir, part, errOtherPart)
	}
	return dir, nil
}

// classFolder is a folder below the root that holds images; names are relative
// to the root, with slashes.
type classFolder struct {
	name   string
	images []string
}

func classFolders(root string) ([]classFolder, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", inspection.ErrBadDataset, err)
	}
	var folders []classFolder
	for _, e := range entries {
		if hidden(e.Name()) {
			continue
		}
		info, err := os.Stat(filepath.Join(root, e.Name())) //nolint:gosec // a link to a folder is followed, as the station is told to
		if err != nil || !info.IsDir() {
			continue
		}
		images, err := imagesBelow(root, e.Name())
		if err != nil {
			return nil, err
		}
		if len(images) > 0 {
			folders = append(folders, classFolder{e.Name(), images})
		}
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("%w: %s holds no folder with images (.jpg, .jpeg, .png); put one folder a class there, such as \"ok\" and \"defective\"",
			inspection.ErrOneClass, root)
	}
	return folders, nil
}

func imagesBelow(root, folder string) ([]string, error) {
	var names []string
	// The trailing separator makes WalkDir enter a folder that is itself a link.
	start := filepath.Join(root, folder) + string(filepath.Separator)
	err := filepath.WalkDir(start, func(path string, e fs.DirEntry, err error) error { //nolint:gosec // the station reads the folders it is told to read
		if err != nil {
			return err
		}
		if path != start && hidden(e.Name()) {
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if e.IsDir() || !isImage(e.Name()) {
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		names = append(names, filepath.ToSlash(relative))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%w: list images: %w", inspection.ErrBadDataset, err)
	}
	return names, nil
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

func isImage(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jpg", ".jpeg", ".png":
		return true
	}
	return false
}

// assign gives each folder its class, by the names given, else by its own.
func assign(folders []classFolder, defective, root string) (map[string]inspection.Class, error) {
	classes := map[string]inspection.Class{}
	named, err := namedFolders(folders, defective, root)
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		class, known := classOf(f.name)
		switch {
		case named[f.name]:
			class = inspection.Defective
		case !known && len(named) == 0:
			return nil, fmt.Errorf("%w: the name of folder %q does not say whether its parts are sound or defective; rename it or name the defective folder (--defective NAME)",
				inspection.ErrOneClass, f.name)
		}
		classes[f.name] = class
	}
	return classes, nil
}

func namedFolders(folders []classFolder, defective, root string) (map[string]bool, error) {
	named := map[string]bool{}
	if defective == "" {
		return named, nil
	}
	for name := range strings.SplitSeq(defective, ",") {
		name = strings.TrimSpace(name)
		if !slices.ContainsFunc(folders, func(f classFolder) bool { return f.name == name }) {
			return nil, fmt.Errorf("%w: there is no folder %q with images in %s; there are: %s",
				inspection.ErrBadDataset, name, root, folderNames(folders))
		}
		named[name] = true
	}
	return named, nil
}

func folderNames(folders []classFolder) string {
	names := make([]string, len(folders))
	for i, f := range folders {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}

// checkClasses refuses a list in which a class is missing.
func checkClasses(items []Item, where string) error {
	normal, defective := CountItems(items)
	if normal > 0 && defective > 0 {
		return nil
	}
	missing := inspection.Normal
	if normal > 0 {
		missing = inspection.Defective
	}
	return fmt.Errorf("%w: %s has no %s images (%d normal, %d defective)", inspection.ErrOneClass, where, missing, normal, defective)
}
