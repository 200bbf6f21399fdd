package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"assay/station"

	"github.com/spf13/cobra"
)

// globals are the flags that every command takes.
type globals struct {
	data    string
	json    bool
	verbose bool
}

func newRoot() *cobra.Command {
	g := &globals{}
	var o windowOptions
	root := &cobra.Command{
		Use:           "assay",
		Short:         "Visual inspection station: judges each part, logs every verdict with its image, retrains",
		Long:          "Without a command, assay opens the station's window.",
		Args:          noArguments,
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			slog.SetDefault(newLogger(cmd.ErrOrStderr(), g.verbose))
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return openWindow(cmd.Context(), g, o) },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&g.data, "data", station.DefaultData(), "`folder` that holds the log, the models and the recipes")
	flags.BoolVar(&g.json, "json", false, "print machine-readable output, one JSON object a line")
	flags.BoolVar(&g.verbose, "verbose", false, "log more to stderr")
	o.register(root.Flags())
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(
		newInspect(g), newTrain(g), newAdapt(g), newEvaluate(g), newDataset(g), newModels(g), newLog(g), newBench(g),
		newDemo(g), newDevices(g), newDoctor(g), newCheckModel(),
	)
	return root
}

func newLogger(w io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// noArguments refuses arguments as wrong usage; cobra's own check would count
// as a failure, and an unknown command comes here too.
func noArguments(cmd *cobra.Command, arguments []string) error {
	if len(arguments) == 0 {
		return nil
	}
	return usage(fmt.Errorf("unknown command %q for %q", arguments[0], cmd.CommandPath()))
}

// group returns a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: noArguments, RunE: func(cmd *cobra.Command, _ []string) error {
		names := make([]string, 0, len(commands))
		for _, sub := range commands {
			names = append(names, sub.Name())
		}
		return usage(fmt.Errorf("%s needs one of: %s", cmd.CommandPath(), strings.Join(names, ", ")))
	}}
	c.AddCommand(commands...)
	return c
}

// exactly refuses another number of arguments as wrong usage.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, arguments []string) error { return usage(cobra.ExactArgs(n)(cmd, arguments)) }
}

func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, arguments []string) error {
		return usage(cobra.MaximumNArgs(n)(cmd, arguments))
	}
}

// required reports the flags among names that were not given.
func required(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		if !cmd.Flags().Changed(name) {
			return usage(fmt.Errorf("%s needs --%s", cmd.CommandPath(), name))
		}
	}
	return nil
}

// notZero refuses a zero that was written out for one of the named flags: where
// they are left out, it stands for their default.
func notZero(cmd *cobra.Command, names ...string) error {
	for _, name := range names {
		f := cmd.Flags().Lookup(name)
		if n, err := strconv.ParseFloat(f.Value.String(), 64); f.Changed && err == nil && n == 0 {
			return usage(fmt.Errorf("--%s 0 means nothing: leave it out for the default", name))
		}
	}
	return nil
}

// printer writes rows as JSON lines or in words.
type printer struct {
	w    io.Writer
	json bool
}

func (g *globals) printer(cmd *cobra.Command) printer { return printer{cmd.OutOrStdout(), g.json} }

// row prints one row: the value as a JSON line, or the words.
func (p printer) row(value any, format string, words ...any) error {
	if !p.json {
		_, err := fmt.Fprintf(p.w, format+"\n", words...)
		return err
	}
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	_, err = fmt.Fprintf(p.w, "%s\n", data)
	return err
}
