// Package assets embeds what travels inside the program: the bundled models and
// recipes. Icons and fonts have packages of their own below.
package assets

import (
	"embed"
	"io/fs"
)

//go:embed recipes/*.json
var recipes embed.FS

//go:embed models
var models embed.FS

// Recipes returns the bundled recipes, one JSON file each.
func Recipes() fs.FS { return must(fs.Sub(recipes, "recipes")) }

// Models returns the bundled models, one ONNX file each, named for the model.
func Models() fs.FS { return must(fs.Sub(models, "models")) }

// must is for folders that the compiler has put there.
func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err)
	}
	return f
}
