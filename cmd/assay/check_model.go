package main

import (
	"fmt"
	"os"

	"assay/inference/opencv"

	"github.com/spf13/cobra"
)

// checkModelName is the hidden command that a model file from outside is loaded
// by, in a child process.
const checkModelName = "check-model"

func newCheckModel() *cobra.Command {
	return &cobra.Command{
		Use:    checkModelName + " FILE",
		Short:  "Load an ONNX file with OpenCV and run it once",
		Hidden: true,
		Args:   exactly(1),
		RunE: func(_ *cobra.Command, arguments []string) error {
			data, err := os.ReadFile(arguments[0])
			if err != nil {
				return fmt.Errorf("check model: %w", err)
			}
			return opencv.Load(data)
		},
	}
}
