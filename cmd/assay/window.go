package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"assay/capture"
	"assay/station"
	"assay/ui"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"github.com/spf13/pflag"
)

// applicationID names the settings of the window; FyneApp.toml has the same.
const applicationID = "app.assay.station"

type windowOptions struct{ source, recipe, model, page string }

func (o *windowOptions) register(f *pflag.FlagSet) {
	f.StringVar(&o.source, "source", "", "source to open: camera:N, video:FILE, folder:DIR or demo")
	f.StringVar(&o.recipe, "recipe", "", "recipe to begin with")
	f.StringVar(&o.model, "model", "", "model to begin with; the recipe's where not given")
	f.StringVar(&o.page, "page", "", "page to begin with: inspect, log or retrain")
}

// openWindow runs the station until its window is closed or ctx ends.
func openWindow(ctx context.Context, g *globals, o windowOptions) (err error) {
	if displayName() == "" {
		return plainError{errors.New("there is no display: run this in a desktop session or with ssh -X, or use assay inspect, which needs none")}
	}
	log, err := g.openLog()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	crash, err := keepCrashes(g.data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, crash.Close()) }()
	p, err := g.params()
	if err != nil {
		return err
	}
	// One thread judges a part fast enough, and never waits for a second that a training keeps busy.
	p.Log, p.Paced, p.Threads = log, true, 1
	s, err := station.New(p)
	if err != nil {
		return err
	}
	s.Start()
	defer func() { err = errors.Join(err, s.Close()) }()
	begin(ctx, s, o)
	for _, damaged := range log.Health().Damaged {
		s.Notify(station.Explain(fmt.Errorf("segment %s: %w", filepath.Base(damaged.File), damaged.Err)))
	}
	a := app.NewWithID(applicationID)
	w := ui.New(a, s, ui.Options{Page: o.page})
	stop := context.AfterFunc(ctx, func() { fyne.Do(a.Quit) })
	defer stop()
	w.ShowAndRun()
	w.Close()
	w.Wait()
	return nil
}

// begin applies what the command line asks for: a recipe for the source, which
// is the first camera or, without one, the demo line. What cannot be opened is
// shown in the window, where something else can be chosen.
func begin(ctx context.Context, s *station.Station, o windowOptions) {
	if o.source == "" && o.recipe == "" {
		o.source = firstSource(s.Sources())
	}
	if err := apply(ctx, s, o); err != nil {
		slog.Error("start", "error", err)
		s.Notify(station.Explain(err))
	}
}

func apply(ctx context.Context, s *station.Station, o windowOptions) error {
	recipe := o.recipe
	if recipe == "" {
		kind, _, _ := strings.Cut(o.source, ":")
		recipe = recipeFor(s.Recipes(), capture.Kind(kind))
	}
	err := s.UseRecipe(recipe)
	if err == nil && o.model != "" {
		err = s.OpenModel(ctx, o.model)
	}
	source := cmp.Or(o.source, s.Snapshot().Recipe.Source)
	if source == "" {
		return err
	}
	spec, parseErr := capture.ParseSpec(source)
	if parseErr != nil {
		return errors.Join(err, parseErr)
	}
	s.SetTrigger(triggerFor(spec.Kind))
	// The live picture helps even where the model failed.
	return errors.Join(err, s.SelectSource(source))
}

// firstSource returns the first camera, else whatever there is.
func firstSource(list []station.SourceChoice) string {
	for _, c := range list {
		if strings.HasPrefix(c.Spec, string(capture.Camera)) {
			return c.Spec
		}
	}
	return list[0].Spec
}

// keepCrashes has the traceback of a crash written below the data folder, where
// support finds it, instead of a terminal that nobody sees.
func keepCrashes(data string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(data, "crash.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open crash log: %w", err)
	}
	return f, debug.SetCrashOutput(f, debug.CrashOptions{})
}
