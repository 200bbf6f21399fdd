package ui

import (
	"fyne.io/fyne/v2"

	"assay/assets/icons"
)

// The icons as Fyne's resources.
var (
	iconWindow  = fyne.NewStaticResource("assay.png", icons.AppPNG)
	iconInspect = fyne.NewStaticResource("inspect.svg", icons.Inspect)
	iconLog     = fyne.NewStaticResource("log.svg", icons.Log)
	iconRetrain = fyne.NewStaticResource("retrain.svg", icons.Retrain)
)
