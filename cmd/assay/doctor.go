package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strings"

	"assay/inference/opencv"
	"assay/internal/kernels"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

type doctorRow struct {
	OpenCV string `json:"opencv"`
	OneDNN string `json:"onednn"`
	// OneDNNSet is the instruction set that oneDNN chose for itself.
	OneDNNSet   string `json:"onednn_instruction_set"`
	ONNXRuntime string `json:"onnx_runtime"`
	// InstructionSet is that of our own kernels, Reason why it was chosen.
	InstructionSet string `json:"instruction_set"`
	Reason         string `json:"instruction_set_reason"`
	Processors     int    `json:"processors"`
	Go             string `json:"go"`
	Display        string `json:"display"`
	Data           string `json:"data"`
	FreeBytes      uint64 `json:"free_bytes"`
	// Problems are sentences on what is wrong with this data folder.
	Problems []string `json:"problems"`
}

// noONNXRuntime stands where the version of ONNX Runtime would.
const noONNXRuntime = "not used by this build"

func newDoctor(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Say what this machine offers the station", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			version := kernels.OneDNN()
			instructions, reason := kernels.Instructions()
			row := doctorRow{
				OpenCV: opencv.Version(), OneDNN: fmt.Sprintf("%d.%d.%d", version.Major, version.Minor, version.Patch),
				OneDNNSet: version.InstructionSet, ONNXRuntime: noONNXRuntime, InstructionSet: cmp.Or(instructions, "none"), Reason: reason,
				Processors: runtime.NumCPU(), Go: runtime.Version(), Display: displayName(), Data: g.data, FreeBytes: freeBytes(g.data),
				Problems: g.problems(),
			}
			return g.printer(cmd).row(row, `OpenCV           %s
oneDNN           %s (%s)
ONNX Runtime     %s
instruction set  %s: %s
processors       %d
Go               %s
display          %s
data folder      %s
free disk        %d MB
problems         %s`, row.OpenCV, row.OneDNN, row.OneDNNSet, row.ONNXRuntime, row.InstructionSet, row.Reason, row.Processors, row.Go,
				cmp.Or(row.Display, "none: the window needs one, assay inspect does not"), row.Data, row.FreeBytes/1e6,
				cmp.Or(strings.Join(row.Problems, "\n                 "), "none"))
		},
	}
}

// problems are what the data folder holds that the station leaves out.
func (g *globals) problems() []string {
	list := []string{}
	if _, err := g.recipes(); err != nil {
		list = append(list, recipeProblem(err))
	}
	r := g.registry()
	damaged, err := r.Damaged()
	if err != nil {
		list = append(list, sentence(err))
	}
	for _, file := range damaged {
		list = append(list, "The model file "+file+" cannot be read and was left out. Import or train that model again.")
	}
	return list
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
