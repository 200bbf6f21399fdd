package kernels_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"assay/internal/kernels"

	"github.com/stretchr/testify/require"
)

// TestThreadsThatCannotBe are an error, not the end of the program: in a child
// of this program, whose memory ends before the stacks of so many threads do.
func TestThreadsThatCannotBe(t *testing.T) {
	const variable = "ASSAY_TEST_FEW_THREADS"
	if os.Getenv(variable) == "" {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestThreadsThatCannotBe$", "-test.v")
		child.Env = append(os.Environ(), variable+"=1")
		output, err := child.CombinedOutput()
		require.NoError(t, err, "%s", output)
		return
	}
	var used uint64
	statm, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	for _, digit := range bytes.Fields(statm)[0] {
		used = used*10 + uint64(digit-'0')
	}
	limit := used*uint64(os.Getpagesize()) + 256<<20
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: limit, Max: limit}))
	_, err = kernels.NewExecutor(1000)
	require.Error(t, err)
}
