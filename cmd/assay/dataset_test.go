package main

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"assay/training/dataset"

	"github.com/stretchr/testify/require"
)

// TestDatasetCommands goes from a folder to a corrected data set.
func TestDatasetCommands(t *testing.T) {
	dir := t.TempDir()
	parts, data, page := filepath.Join(dir, "parts"), filepath.Join(dir, "data"), filepath.Join(dir, "page.png")
	writeParts(t, parts, 30)
	code, out, messages := assay(t, data, "dataset", "audit", "--dataset", parts, "--split", "grouped", "--pairs", "3", "--page", page, "--json")
	require.Equal(t, exitDone, code, messages)
	row := decodeRows[auditRow](t, out)[0]
	require.Equal(t, 30, row.Images)
	require.Len(t, row.Parts, 3)
	require.Zero(t, row.GroupsAcross)
	require.Zero(t, row.Leaks[len(row.Leaks)-1].Images)
	file, err := os.Open(page)
	require.NoError(t, err)
	_, err = png.DecodeConfig(file)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	code, out, _ = assay(t, data, "dataset", "audit", "--dataset", parts)
	require.Equal(t, exitDone, code)
	require.Contains(t, out, "unreadable   0")

	code, out, messages = assay(t, data, "dataset", "import", "--dataset", parts, "--name", "parts", "--by", "Ada", "--json")
	require.Equal(t, exitDone, code, messages)
	imported := decodeRows[importRow](t, out)[0]
	require.Equal(t, 30, imported.Audit.Images)
	require.Equal(t, "Ada", imported.By)
	code, out, messages = assay(t, data, "dataset", "import", "--dataset", parts, "--name", "parts", "--by", "Bob", "--json")
	require.Equal(t, exitDone, code, messages)
	require.Contains(t, messages, "Nothing has changed since parts@1")
	imported.Unchanged = true
	require.Equal(t, imported, decodeRows[importRow](t, out)[0])

	code, out, _ = assay(t, data, "dataset", "show", "parts", "--images", "--json")
	require.Equal(t, exitDone, code)
	images := decodeRows[datasetRow](t, out)[0].Images
	require.Len(t, images, 30)
	name := images[7].Name
	require.Len(t, lines(t, data, "dataset", "exclude", "parts", name, "--reason", "blurred"), 1)
	require.Len(t, lines(t, data, "dataset", "include", "parts", name, "--reason", "sharp enough"), 1)
	require.Len(t, lines(t, data, "dataset", "relabel", "parts", name, "--as", "defective", "--reason", "a dent"), 1)
	code, out, _ = assay(t, data, "dataset", "list", "--json")
	require.Equal(t, exitDone, code)
	versions := decodeRows[datasetRow](t, out)
	require.Len(t, versions, 4)
	require.Equal(t, []int{0, 1, 0, 0}, []int{versions[0].Excluded, versions[1].Excluded, versions[2].Excluded, versions[3].Excluded})

	code, _, _ = assay(t, data, "dataset", "show", "parts", "--check")
	require.Equal(t, exitDone, code)
	require.NoError(t, os.WriteFile(filepath.Join(parts, name), []byte("changed"), 0o600))
	code, out, messages = assay(t, data, "dataset", "show", "parts", "--check")
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "changed: "+name)
	require.Contains(t, messages, "1 image changed or vanished since parts@4")
}

func lines(t *testing.T, data string, arguments ...string) []string {
	t.Helper()
	code, out, messages := assay(t, data, arguments...)
	require.Equal(t, exitDone, code, messages)
	return strings.Split(strings.TrimSpace(out), "\n")
}

func TestDatasetUsage(t *testing.T) {
	dir := t.TempDir()
	for line, want := range map[string]int{
		"dataset":                                      exitUsage,
		"dataset audit":                                exitUsage,
		"dataset audit --dataset x --split half":       exitUsage,
		"dataset audit --dataset x --near 2":           exitUsage,
		"dataset import --dataset x":                   exitUsage,
		"dataset import --dataset x --name a --near 2": exitUsage,
		"dataset import --dataset x --name a/b":        exitUsage,
		"dataset import --dataset x --name a --test 2": exitUsage,
		"dataset exclude a":                            exitUsage,
		"dataset exclude a b":                          exitUsage,
		"dataset relabel a b --reason x":               exitUsage,
		"dataset show a@x":                             exitUsage,
		"dataset show nobody":                          exitFailed,
		"dataset exclude nobody b --reason x":          exitFailed,
		"dataset audit --dataset " + dir:               exitFailed,
		"dataset import --name a --dataset " + dir:     exitFailed,
		"dataset audit --dataset " + dir + "/nowhere":  exitFailed,
	} {
		code, out, messages := assay(t, t.TempDir(), strings.Fields(line)...)
		require.Equal(t, want, code, "%s: %s", line, messages)
		require.Empty(t, out, line)
		require.NotEmpty(t, messages, line)
	}
}

// TestADamagedVersionHidesNoOther in the list, and is named.
func TestADamagedVersionHidesNoOther(t *testing.T) {
	data, parts := t.TempDir(), t.TempDir()
	writeParts(t, parts, 40)
	for _, seed := range []string{"1", "2", "3"} {
		lines(t, data, "dataset", "import", "--dataset", parts, "--name", "parts", "--split", "random", "--seed", seed)
	}
	require.NoError(t, os.WriteFile(filepath.Join(data, "datasets", "parts", "2.json"), []byte("{"), 0o600))
	code, out, messages := assay(t, data, "dataset", "list", "--json")
	require.Equal(t, exitFailed, code)
	rows := decodeRows[datasetRow](t, out)
	require.Len(t, rows, 2)
	require.Equal(t, []int{1, 3}, []int{rows[0].Version, rows[1].Version})
	require.Contains(t, messages, "parts@2")
	require.Contains(t, messages, "damaged")
}

// TestAnAuditStandsWithoutItsPage: it is printed also where the page cannot be
// written, and that is no success.
func TestAnAuditStandsWithoutItsPage(t *testing.T) {
	dir := t.TempDir()
	parts := filepath.Join(dir, "parts")
	writeParts(t, parts, 24)
	page := filepath.Join(dir, strings.Repeat("p", 300)+".png") // no file system takes such a name
	code, out, messages := assay(t, dir, "dataset", "audit", "--dataset", parts, "--page", page, "--json")
	require.Equal(t, exitFailed, code)
	require.Equal(t, 24, decodeRows[auditRow](t, out)[0].Images)
	require.Contains(t, messages, "name too long")
}

// TestEntriesInWords say who decided what about an image.
func TestEntriesInWords(t *testing.T) {
	require.Empty(t, entryWords(dataset.Entry{}))
	require.Equal(t, "  was normal: a dent (Ada)", entryWords(dataset.Entry{Relabelled: &dataset.Relabelled{From: "normal", Reason: "a dent", By: "Ada"}}))
	require.Equal(t, "  included again: it is good (Ada)", entryWords(dataset.Entry{Included: &dataset.Inclusion{Reason: "it is good", By: "Ada"}}))
	require.Equal(t, "  excluded: dark (?)", entryWords(dataset.Entry{Excluded: &dataset.Exclusion{Reason: "dark"}}))
}
