package main

import (
	"fmt"
	"os"
	"runtime"

	"assay/inference/opencv"
	"assay/internal/kernels"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

type doctorRow struct {
	OpenCV         string `json:"opencv"`
	OneDNN         string `json:"onednn"`
	InstructionSet string `json:"instruction_set"`
	Processors     int    `json:"processors"`
	Go             string `json:"go"`
	Display        string `json:"display"`
	Data           string `json:"data"`
	FreeBytes      uint64 `json:"free_bytes"`
}

func newDoctor(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Say what this machine offers the station", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			version := kernels.OneDNN()
			row := doctorRow{
				OpenCV: opencv.Version(), OneDNN: fmt.Sprintf("%d.%d.%d", version.Major, version.Minor, version.Patch),
				InstructionSet: version.InstructionSet,
				Processors:     runtime.NumCPU(), Go: runtime.Version(), Display: displayName(), Data: g.data, FreeBytes: freeBytes(g.data),
			}
			return g.printer(cmd).row(row, `OpenCV           %s
oneDNN           %s
instruction set  %s
processors       %d
Go               %s
display          %s
data folder      %s
free disk        %d MB`, row.OpenCV, row.OneDNN, row.InstructionSet, row.Processors, row.Go, row.Display, row.Data, row.FreeBytes/1e6)
		},
	}
}

func displayName() string {
	if d := os.Getenv("WAYLAND_DISPLAY"); d != "" {
		return d
	}
	return os.Getenv("DISPLAY")
}

// freeBytes is what the user may still write below the folder or, where it does
// not exist yet, on the current file system.
func freeBytes(dir string) uint64 {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil && unix.Statfs(".", &s) != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize)
}
