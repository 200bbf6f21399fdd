package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"assay/inspection"
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
	p.Log, p.Paced = log, true
	s, err := station.New(p)
	if err != nil {
		return err
	}
	s.Start()
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := begin(ctx, s, o); err != nil {
		return err
	}
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

// begin applies what the command line asks for and otherwise the first recipe.
func begin(ctx context.Context, s *station.Station, o windowOptions) error {
	recipe := o.recipe
	if recipe == "" {
		recipe = firstRecipe(s.Recipes(), o.source)
	}
	var err error
	if o.source == "" {
		err = s.SelectRecipe(recipe)
	} else {
		if err = s.UseRecipe(recipe); err == nil {
			s.SetTrigger(s.Snapshot().Recipe.Trigger)
			err = s.SelectSource(o.source)
		}
	}
	if err != nil || o.model == "" {
		return err
	}
	return s.OpenModel(ctx, o.model)
}

func firstRecipe(recipes []inspection.Recipe, source string) string {
	for _, r := range recipes {
		if r.Source == source {
			return r.Name
		}
	}
	return recipes[0].Name
}

// keepCrashes has the traceback of a crash written below the data folder, where
// support finds it, instead of a terminal that nobody sees.
func keepCrashes(data string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(data, "crash.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, fmt.Errorf("open crash log: %w", err)
	}
	return f, debug.SetCrashOutput(f, debug.CrashOptions{})
}
