package main

import (
	"cmp"
	"fmt"
	"maps"
	"os/user"
	"slices"
	"strings"

	"assay/inspection"
	"assay/station"

	"github.com/spf13/cobra"
)

// modelRow is a line of `assay models`.
type modelRow struct {
	Name         string                `json:"name"`
	Architecture string                `json:"architecture"`
	Version      int                   `json:"version"`
	Parameters   inspection.Parameters `json:"parameters"`
	Bytes        int64                 `json:"bytes"`
	SHA256       string                `json:"sha256"`
	Active       bool                  `json:"active"`
	Metrics      map[string]float64    `json:"metrics"`
	// Card is printed by `models show` alone.
	Card *inspection.ModelCard `json:"card,omitempty"`
}

func newModelRow(m station.ModelInfo) modelRow {
	return modelRow{
		Name: m.Ref.Name, Architecture: m.Card.Architecture, Version: m.Ref.Version, Parameters: m.Card.Parameters,
		Bytes: m.Bytes, SHA256: m.Ref.SHA256, Active: m.Active, Metrics: m.Card.Metrics,
	}
}

func newModels(g *globals) *cobra.Command {
	return group("models", "List, show, import, export, promote and roll back models, and their history",
		newModelsList(g), newModelsShow(g), newModelsImport(g), newModelsExport(g), newModelsPromote(g),
		newModelsRollback(g), newModelsHistory(g))
}

func (p printer) model(m station.ModelInfo) error {
	mark := " "
	if m.Active {
		mark = "*"
	}
	return p.row(newModelRow(m), "%s %s@%d  %s %d×%d  %d parameters  %d bytes  %.12s", mark, m.Ref.Name, m.Ref.Version,
		m.Card.Architecture, m.Card.Input.Width, m.Card.Input.Height, m.Card.Parameters.Total, m.Bytes, m.Ref.SHA256)
}

func newModelsList(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the registered models; * marks the active version", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := g.checkData(cmd); err != nil {
				return err
			}
			list, err := g.registry().List()
			if err != nil {
				return err
			}
			for _, m := range list {
				if err := g.printer(cmd).model(m); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func newModelsShow(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "show MODEL", Short: "Show a model's card", Args: exactly(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			name, version, err := station.ParseModelName(arguments[0])
			if err != nil {
				return usage(err)
			}
			if err := g.checkData(cmd); err != nil {
				return err
			}
			m, err := g.registry().Find(name, version)
			if err != nil {
				return err
			}
			row := newModelRow(m)
			row.Card = &m.Card
			c := m.Card
			return g.printer(cmd).row(row, `%s@%d (%s, active %t)
input        %s
parameters   %d total, %d trainable, %d not
thresholds   pass below %g, fail from %g
part         %s
trained      %d samples, seed %d, best epoch %d of %d, augmentations %s
data set     %s
metrics      %s
command      %s
sha256       %s
%s`, m.Ref.Name, m.Ref.Version, c.Architecture, m.Active, inputInWords(c.Input),
				c.Parameters.Total, c.Parameters.Trainable, c.Parameters.NonTrainable, c.Thresholds.Pass, c.Thresholds.Fail,
				c.Part, c.Samples, c.Seed, c.BestEpoch, c.Epochs, cmp.Or(strings.Join(c.Augmentations, ", "), "none"), c.Dataset, metricsInWords(c.Metrics), c.Command, m.Ref.SHA256, c.Description)
		},
	}
}

// metricsInWords lists what a card measures, by name, to five digits.
func metricsInWords(metrics map[string]float64) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		words = append(words, fmt.Sprintf("%s %.5g", name, metrics[name]))
	}
	return cmp.Or(strings.Join(words, ", "), "none")
}

// inputInWords says what a model takes and how pictures are brought into it.
func inputInWords(in inspection.InputSpec) string {
	text := fmt.Sprintf("%d channel %d×%d", in.Channels, in.Width, in.Height)
	if in.Normalization != inspection.NormalizationNone {
		text += ", normalisation " + in.Normalization
	}
	if in.Views > 1 {
		text += fmt.Sprintf(", judged in %d views", in.Views)
	}
	return text
}

func newModelsImport(g *globals) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Check an ONNX file from outside and register it", Args: exactly(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			m, err := g.registry().Import(cmd.Context(), arguments[0], name)
			if err != nil {
				return err
			}
			return g.printer(cmd).model(m)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name to register it under; its own where not given")
	return cmd
}

func newModelsExport(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "export NAME FILE", Short: "Write a registered model to a file", Args: exactly(2),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			name, version, err := station.ParseModelName(arguments[0])
			if err != nil {
				return usage(err)
			}
			if err := cmp.Or(g.checkData(cmd), checkOutput(arguments[1])); err != nil {
				return err
			}
			return g.registry().Export(name, version, arguments[1])
		},
	}
}

// userName is who is at the keyboard, as the system knows them.
func userName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
