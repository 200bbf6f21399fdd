package ui_test

import (
	"assay/station"
	"assay/ui"
)

// The station is what the window needs.
var _ ui.Station = (*station.Station)(nil)
