package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"assay/assets"
	"assay/capture"
	"assay/capture/demo"
	captureopencv "assay/capture/opencv"
	"assay/capture/replay"
	"assay/inference"
	"assay/inference/native"
	"assay/inference/opencv"
	"assay/inspection"
	"assay/station"
	"assay/storage"

	"github.com/spf13/cobra"
)

// checkTimeout bounds what a model file from outside may take to load.
const checkTimeout = time.Minute

func openers() capture.Openers {
	return capture.Openers{
		capture.Camera: captureopencv.OpenCamera,
		capture.Video:  captureopencv.OpenVideo,
		capture.Folder: replay.Open,
		capture.Demo:   demo.Open,
	}
}

func engines() map[string]inference.EngineFactory {
	return map[string]inference.EngineFactory{"native": native.New, "opencv": opencv.New}
}

func (g *globals) registry() *station.Registry {
	return station.NewRegistry(filepath.Join(g.data, "models"), assets.Models(), checkInChild)
}

// checkInChild has OpenCV load a model file in a process of its own: OpenCV ends
// the process on what it cannot bear, and that must not be the station.
func checkInChild(ctx context.Context, file string) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("check model: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	output, err := exec.CommandContext(ctx, program, checkModelName, file).CombinedOutput() //nolint:gosec // our own program
	if err != nil {
		return fmt.Errorf("%w: OpenCV cannot load it (%w): %s", inspection.ErrBadModel, err, lastLine(output))
	}
	return nil
}

func (g *globals) openLog() (*storage.Log, error) {
	return storage.Open(g.logFolder(), storage.Options{})
}

func (g *globals) logFolder() string { return filepath.Join(g.data, "log") }

// checkData refuses a data folder that was named and does not exist, for commands
// that only read: it would look like an empty one. The default one is made by the
// first command that writes.
func (g *globals) checkData(cmd *cobra.Command) error {
	if _, err := os.Stat(g.data); cmd.Flags().Changed("data") && errors.Is(err, fs.ErrNotExist) {
		return plainError{fmt.Errorf("the data folder %s does not exist. Name another one with --data (%w)", g.data, inspection.ErrNotFound)}
	}
	return nil
}

// params wires a station from this data folder, without a log.
func (g *globals) params() (station.Params, error) {
	recipes, err := g.recipes()
	if len(recipes) == 0 {
		return station.Params{}, errors.Join(errors.New("no recipe can be used"), err)
	}
	var notices []string
	if err != nil {
		notices = append(notices, recipeProblem(err))
	}
	program, err := os.Executable()
	if err != nil {
		return station.Params{}, fmt.Errorf("find own program: %w", err)
	}
	return station.Params{
		Data: g.data, Models: g.registry(), Recipes: recipes, Openers: openers(),
		Devices: capture.Devices, Engines: engines(), Executable: program, Notices: notices,
	}, nil
}

func (g *globals) recipes() ([]inspection.Recipe, error) {
	return station.LoadRecipes(assets.Recipes(), filepath.Join(g.data, "recipes"))
}

// recipeProblem says which recipe files were left out, and why.
func recipeProblem(err error) string {
	return "A recipe file cannot be used and was left out: " + strings.ReplaceAll(err.Error(), "\n", "; ") + ". Correct it in the folder recipes of the data folder."
}

// lastLine returns the last line that is not empty.
func lastLine(output []byte) string {
	end := len(output)
	for end > 0 && output[end-1] <= ' ' {
		end--
	}
	start := end
	for start > 0 && output[start-1] != '\n' {
		start--
	}
	return string(output[start:end])
}
