package retrain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"assay/station"
	"assay/ui/widgets"
)

func TestTheSplitIsCountedAndItsHonestySaid(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	p.Go(stepSplit)
	require.Equal(t, "50", p.split.table.Text(0, 2))
	require.Equal(t, "25.0 %", p.split.table.Text(2, 3))
	require.Contains(t, p.split.crossing.label.Text, "9 test pictures of 20 (45.0 %) have a near-duplicate")
	require.Contains(t, p.hint.Text(), "grouped")
	// when it is divided by group
	p.split.buttons[2].OnTapped()
	f.UntilCalled(t, "ImportDataset snapshot casting@1 grouped")
	f.Until(t, "set", func() bool { return p.set.ready() && p.set.report.Split == station.SplitGrouped })
	require.Contains(t, p.split.crossing.label.Text, "No test picture")
	require.Equal(t, "done · grouped", second(p.bar.State(stepSplit)))
}

func second(_ widgets.StepState, text string) string { return text }

func TestUsesOfTheTestPartAreSaid(t *testing.T) {
	p, f := newPage(t)
	look(t, p, f, "/data")
	require.Contains(t, p.split.lock.label.Text, "locked")
	s := done()
	s.Comparison.TestUses = 3
	f.Station.Train(s)
	f.Until(t, "uses", func() bool { return p.status.Comparison != nil })
	require.Contains(t, p.split.lock.label.Text, "used 3 times")
}
