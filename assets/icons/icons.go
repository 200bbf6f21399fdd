// Package icons holds the program's own drawings, as bytes: assets know no widget.
package icons

import _ "embed"

// App is the program's icon as SVG, in colour.
//
//go:embed icon.svg
var App []byte

// AppPNG is the program's icon as PNG, 512 pixels a side.
//
//go:embed icon.png
var AppPNG []byte

// Inspect, Log and Retrain are the pages' icons as SVG, to be drawn in one colour.
var (
	//go:embed inspect.svg
	Inspect []byte
	//go:embed log.svg
	Log []byte
	//go:embed retrain.svg
	Retrain []byte
)
