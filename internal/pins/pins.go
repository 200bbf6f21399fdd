// Package pins keeps go.mod complete while the packages that need these modules are written.
package pins

import (
	_ "fyne.io/fyne/v2/app"
	_ "fyne.io/fyne/v2/dialog"
	_ "fyne.io/fyne/v2/test"
	_ "fyne.io/fyne/v2/widget"
	_ "github.com/boltdb/bolt"
	_ "github.com/oklog/ulid/v2"
	_ "github.com/spf13/cobra"
	_ "github.com/stretchr/testify/require"
	_ "go.etcd.io/bbolt"
	_ "gocv.io/x/gocv"
	_ "golang.org/x/image/draw"
	_ "golang.org/x/sys/unix"
	_ "gonum.org/v1/plot"
	_ "gonum.org/v1/plot/vg/vgimg"
	_ "google.golang.org/protobuf/proto"
	_ "gorgonia.org/gorgonia"
)
