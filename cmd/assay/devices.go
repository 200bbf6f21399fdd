package main

import (
	"strings"

	"assay/capture"

	"github.com/spf13/cobra"
)

type deviceRow struct {
	ID      string   `json:"id"`
	Path    string   `json:"path"`
	Name    string   `json:"name"`
	Bus     string   `json:"bus"`
	Formats []string `json:"formats"`
}

func newDevices(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "devices",
		Short: "List the cameras found",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			devices, err := capture.Devices()
			if err != nil {
				return err
			}
			if len(devices) == 0 && !g.json {
				cmd.Println("No camera was found. Plug one in, or use the demo line: assay --source demo")
			}
			for _, d := range devices {
				row := deviceRow{d.ID, d.Path, d.Name, d.Bus, d.Formats}
				if err := g.printer(cmd).row(row, "%s  %s  (%s)  %s", d.Path, d.Name, d.Bus, strings.Join(d.Formats, " ")); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
