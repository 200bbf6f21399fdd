package station

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"assay/inspection"
)

// LoadRecipes reads the bundled recipes and those in the folder dir (one JSON
// file each); one of the folder replaces a bundled one of the same name. A
// missing folder is no error. Recipes that cannot be used are left out and
// reported in the joined error beside the good ones.
func LoadRecipes(bundled fs.FS, dir string) ([]inspection.Recipe, error) {
	list, err := readRecipes(bundled)
	if _, missing := os.Stat(dir); missing != nil {
		return list, err
	}
	own, ownErr := readRecipes(os.DirFS(dir))
	for _, r := range own {
		list = putRecipe(list, r)
	}
	return list, errors.Join(err, ownErr)
}

func putRecipe(list []inspection.Recipe, r inspection.Recipe) []inspection.Recipe {
	for i := range list {
		if list[i].Name == r.Name {
			list[i] = r
			return list
		}
	}
	return append(list, r)
}

func readRecipes(files fs.FS) ([]inspection.Recipe, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list recipes: %w", err)
	}
	var list []inspection.Recipe
	var problems []error
	for _, name := range names {
		r, err := readRecipe(files, name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		list = append(list, r)
	}
	return list, errors.Join(problems...)
}

func readRecipe(files fs.FS, name string) (inspection.Recipe, error) {
	var r inspection.Recipe
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return r, fmt.Errorf("read recipe %s: %w", name, err)
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("read recipe %s: %w", name, err)
	}
	if err := r.Thresholds.Validate(); err != nil {
		return r, fmt.Errorf("recipe %s: %w", name, err)
	}
	if r.Name == "" || r.Model == "" {
		return r, fmt.Errorf("recipe %s: name and model are needed", name)
	}
	switch r.Trigger {
	case inspection.TriggerManual, inspection.TriggerContinuous, inspection.TriggerPartPresent:
	default:
		return r, fmt.Errorf("recipe %s: trigger %q: want manual, continuous or part-present", name, r.Trigger)
	}
	return r, nil
}

// DefaultData returns the user's data folder: $XDG_DATA_HOME/assay, usually
// ~/.local/share/assay, or "assay-data" here where there is no home.
func DefaultData() string {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "assay")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "assay-data"
	}
	return filepath.Join(home, ".local", "share", "assay")
}
