package demo_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"assay/capture"
	"assay/capture/capturetest"
	"assay/capture/demo"
)

func TestSource(t *testing.T) {
	open := func(o capture.Options) func(*testing.T) capture.Source {
		return func(t *testing.T) capture.Source { return capturetest.Opened(t, demo.Open, "5", o) }
	}
	capturetest.Suite{Open: open(capture.Options{}), Paced: open(capture.Options{Rate: 0.01})}.Run(t)
}

func TestSeedOfSpecAndOptions(t *testing.T) {
	next := func(value string, o capture.Options) any {
		f, err := capturetest.Opened(t, demo.Open, value, o).Next(t.Context())
		require.NoError(t, err)
		return f.Image
	}
	require.Equal(t, next("9", capture.Options{Seed: 4}), next("", capture.Options{Seed: 9}))
	require.NotEqual(t, next("9", capture.Options{}), next("4", capture.Options{}))

	_, err := demo.Open(t.Context(), "north", capture.Options{})
	require.ErrorContains(t, err, "seed")
}

func TestNominalRate(t *testing.T) {
	info := capturetest.Opened(t, demo.Open, "", capture.Options{Rate: -1}).Info()
	require.InDelta(t, demo.NominalRate, info.Rate, 0)
	require.True(t, info.Live)
}
