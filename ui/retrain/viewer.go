package retrain

import (
	"context"
	"fmt"
	"image"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	base "fyne.io/fyne/v2/theme"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
	"assay/ui/widgets"
)

// viewer shows a compared image as both models see it, and walks along a list.
type viewer struct {
	compare *compare
	images  []station.ComparedImage
	at      int

	pictures [2]*widgets.Picture // new, current
	answers  [2]*widgets.Text
	name     *widgets.Text
	truth    *widgets.Mark
	loads    [2]task.Slot
}

// viewed is what one model makes of a picture.
type viewed struct {
	picture, heat *image.RGBA
	frame         image.Point
	zone          inspection.Rectangle
}

// openViewer shows the i-th of the images in a dialog.
func openViewer(c *compare, images []station.ComparedImage, i int) *viewer {
	v := &viewer{compare: c, images: images, at: i, truth: widgets.NewMark()}
	v.name = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{Bold: true}, fyne.TextAlignLeading)
	sides := container.NewGridWithColumns(2)
	if c.shown.Current == nil {
		sides = container.NewGridWithColumns(1)
	}
	for k, title := range []string{"New model", "Current model"} {
		v.pictures[k] = widgets.NewPicture("Loading …", "")
		v.answers[k] = widgets.NewText("", base.ColorNameForeground, base.SizeNameText, fyne.TextStyle{}, fyne.TextAlignTrailing)
		if k == 1 && c.shown.Current == nil {
			break
		}
		head := container.NewBorder(nil, nil, widgets.NewHeading(title), nil, v.answers[k])
		sides.Add(container.NewBorder(head, nil, nil, nil, widgets.MinSize(360, 360, v.pictures[k])))
	}
	older := widgets.NewButton("Before  (Left)", func() { v.walk(-1) })
	newer := widgets.NewButton("Next  (Right)", func() { v.walk(1) })
	truth := container.NewHBox(widgets.NewCaption("The truth:"), v.truth)
	head := container.NewBorder(nil, nil, nil, truth, v.name)
	content := container.NewBorder(head, container.NewHBox(layout.NewSpacer(), older, newer), nil, nil, sides)
	c.page.host.ShowWithKeys("Picture with heatmaps", content, map[fyne.KeyName]func(){fyne.KeyLeft: older.OnTapped, fyne.KeyRight: newer.OnTapped})
	v.show()
	return v
}

func (v *viewer) walk(by int) {
	at := max(0, min(len(v.images)-1, v.at+by))
	if at != v.at {
		v.at = at
		v.show()
	}
}

func (v *viewer) show() {
	i := v.images[v.at]
	v.name.SetText(fmt.Sprintf("%d of %s   %s", v.at+1, count(len(v.images)), i.Name))
	v.truth.Set(truthVerdict(i.Truth))
	for k, s := range []float64{i.Candidate, i.Current} {
		if math.IsNaN(s) {
			continue
		}
		answer := "sound"
		if s >= half {
			answer = "defective"
		}
		v.answers[k].SetText(fmt.Sprintf("%s, score %.4f", answer, s))
		v.load(k, i.Digest)
	}
}

func (v *viewer) load(k int, digest string) {
	page := v.compare.page
	task.RunIn(page.host.Tasks, &v.loads[k], func(ctx context.Context) (viewed, error) {
		img, p, err := page.station.ComparedPicture(ctx, digest, k == 0)
		if err != nil {
			return viewed{}, err
		}
		size := img.Bounds().Size()
		drawn, zone := widgets.Heat(p.Heatmap, p.Outline, widgets.Judged(inspection.Rectangle{}, size))
		return viewed{picture: drawable(img), heat: drawn, frame: size, zone: zone}, nil
	}, func(d viewed, err error) {
		if err != nil {
			v.pictures[k].SetMessage("The picture cannot be shown", station.Explain(err))
		}
		v.pictures[k].SetPicture(d.picture, d.frame)
		v.pictures[k].SetHeatmap(d.heat, d.zone)
	})
}
