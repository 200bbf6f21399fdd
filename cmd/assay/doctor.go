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
	"golang.org/x/sys/cpu"
	"golang.org/x/sys/unix"
)

type doctorRow struct {
	OpenCV         string `json:"opencv"`
	OneDNN         string `json:"onednn"`
	ONNXRuntime    string `json:"onnx_runtime"`
	InstructionSet string `json:"instruction_set"`
	// Reason says why that instruction set was chosen.
	Reason     string `json:"instruction_set_reason"`
	Processors int    `json:"processors"`
	Go         string `json:"go"`
	Display    string `json:"display"`
	Data       string `json:"data"`
	FreeBytes  uint64 `json:"free_bytes"`
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
			row := doctorRow{
				OpenCV: opencv.Version(), OneDNN: fmt.Sprintf("%d.%d.%d", version.Major, version.Minor, version.Patch),
				ONNXRuntime: noONNXRuntime, InstructionSet: version.InstructionSet, Reason: instructionReason(),
				Processors: runtime.NumCPU(), Go: runtime.Version(), Display: displayName(), Data: g.data, FreeBytes: freeBytes(g.data),
				Problems: g.problems(),
			}
			return g.printer(cmd).row(row, `OpenCV           %s
oneDNN           %s
ONNX Runtime     %s
instruction set  %s: %s
processors       %d
Go               %s
display          %s
data folder      %s
free disk        %d MB
problems         %s`, row.OpenCV, row.OneDNN, row.ONNXRuntime, row.InstructionSet, row.Reason, row.Processors, row.Go,
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

// instructionReason says what the processor has, widest first, and what it
// lacks for the next wider set.
func instructionReason() string {
	switch {
	case runtime.GOARCH == "arm64" && cpu.ARM64.HasASIMD:
		return "this processor is an arm64 with Advanced SIMD"
	case runtime.GOARCH != "amd64":
		return "this processor is a " + runtime.GOARCH
	case cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512DQ:
		return "this processor and system offer AVX-512 (F, BW, VL, DQ" + more() + ")"
	case cpu.X86.HasAVX2 && cpu.X86.HasFMA:
		return "this processor and system offer AVX2 and FMA, and no full AVX-512"
	case cpu.X86.HasAVX:
		return "this processor and system offer AVX, and no AVX2"
	}
	return "this processor or system offers no AVX"
}

// more names extensions that only some calculations use.
func more() string {
	text := ""
	if cpu.X86.HasAVX512VNNI {
		text += ", VNNI"
	}
	if cpu.X86.HasAVX512BF16 {
		text += ", BF16"
	}
	if cpu.X86.HasAMXTile {
		text += ", AMX"
	}
	return text
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
