package main

import (
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"

	"assay/capture/demo"
	"assay/inspection"

	"github.com/spf13/cobra"
)

// newDemo writes simulated parts to class folders, so that a model for the demo
// line can be trained as any other.
func newDemo(g *globals) *cobra.Command {
	var seed uint64
	var parts int
	export := &cobra.Command{
		Use: "export DIR", Short: "Write simulated parts to DIR/train/normal and DIR/train/defective", Args: exactly(1),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			if parts < 1 {
				return usage(errors.New("--parts wants 1 or more"))
			}
			studio := demo.NewStudio(seed)
			for part := uint64(1); part <= uint64(parts); part++ {
				if err := cmd.Context().Err(); err != nil {
					return err
				}
				if err := exportPart(filepath.Join(arguments[0], "train"), studio, seed, part); err != nil {
					return err
				}
			}
			return g.printer(cmd).row(map[string]any{"parts": parts, "seed": seed}, "%s written to %s", plural(parts, "part"), arguments[0])
		},
	}
	export.Flags().IntVar(&parts, "parts", 4000, "number of parts")
	export.Flags().Uint64Var(&seed, "seed", 1, "seed of the line; its parts are the same each time")
	return group("demo", "The simulated line", export)
}

func exportPart(dir string, studio *demo.Studio, seed, part uint64) (err error) {
	img, truth := studio.Render(part)
	class := truth.Class.String()
	if truth.Class == inspection.Defective {
		class = filepath.Join(class, truth.Defect)
	}
	dir = filepath.Join(dir, class)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("export part: %w", err)
	}
	f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%d-%06d.png", seed, part)))
	if err != nil {
		return fmt.Errorf("export part: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(f, img); err != nil {
		return fmt.Errorf("export part: %w", err)
	}
	return nil
}
