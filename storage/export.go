package storage

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"assay/inspection"
	"assay/internal/atomicfile"
)

// ExportFile is the name of the table that Export writes, ExportImages of the
// folder beside it.
const (
	ExportFile   = "records.csv"
	ExportImages = "images"
)

var exportHeader = []string{
	"id", "time", "verdict", "score", "machine_verdict", "machine_by",
	"operator_verdict", "operator_by", "operator_at", "operator_reason",
	"supervisor_verdict", "supervisor_by", "supervisor_at", "supervisor_reason",
	"recipe", "lot", "serial", "model", "model_version", "model_sha256", "engine", "pass_threshold", "fail_threshold",
	"latency_ms", "source", "frame", "source_image", "width", "height", "image", "image_sha256",
}

// Export writes the records that match, newest first, into the folder, which is
// made where it is missing: a table in CSV (RFC 4180, UTF-8, times in RFC 3339
// with their zone) and each image in a file named after its record. The table
// appears once all is written. It returns how many records were written.
func (l *Log) Export(ctx context.Context, q Query, dir string) (int, error) {
	if err := os.MkdirAll(filepath.Join(dir, ExportImages), 0o750); err != nil {
		return 0, classify("export log", err)
	}
	written := 0
	err := atomicfile.WriteTo(filepath.Join(dir, ExportFile), 0o600, func(w io.Writer) error {
		buffer := bufio.NewWriter(w)
		table := csv.NewWriter(buffer)
		if err := table.Write(exportHeader); err != nil {
			return err
		}
		for r, err := range l.All(ctx, q) {
			if err != nil {
				return err
			}
			image, err := l.exportImage(r, dir)
			if err != nil {
				return err
			}
			if err := table.Write(exportRow(r, image)); err != nil {
				return err
			}
			written++
		}
		table.Flush()
		if err := table.Error(); err != nil {
			return err
		}
		return buffer.Flush()
	})
	return written, classify("export log", err)
}

// exportImage writes the record's image and returns its path within the folder.
func (l *Log) exportImage(r inspection.Record, dir string) (string, error) {
	data, mediaType, err := l.Image(r.ID)
	if err != nil {
		return "", err
	}
	extension := map[string]string{"image/jpeg": ".jpg", "image/png": ".png"}[mediaType]
	if extension == "" {
		extension = ".bin"
	}
	name := ExportImages + "/" + r.ID + extension
	return name, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o600)
}

func exportRow(r inspection.Record, image string) []string {
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	row := []string{
		r.ID, exportTime(r.Time), string(r.Final().Verdict), number(r.Score), string(r.Machine.Verdict), r.Machine.By,
	}
	for _, d := range []*inspection.Decision{r.Operator, r.Supervisor} {
		if d == nil {
			d = &inspection.Decision{}
		}
		row = append(row, string(d.Verdict), d.By, exportTime(d.At), d.Reason)
	}
	return append(row, r.Recipe, r.Lot, r.Serial, r.Model.Name, strconv.Itoa(r.Model.Version), r.Model.SHA256, r.Engine,
		number(r.Thresholds.Pass), number(r.Thresholds.Fail), number(r.LatencyMS), r.Source, fmt.Sprint(r.Frame), r.Image,
		strconv.Itoa(r.Width), strconv.Itoa(r.Height), image, r.ImageSHA256)
}

// exportTime writes the time with its zone; the zero time is empty.
func exportTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
