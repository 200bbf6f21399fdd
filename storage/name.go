package storage

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"assay/inspection"
)

const (
	segmentFolder    = "segments"
	segmentExtension = ".bolt"
	indexFile        = "index.bolt"
	dayLayout        = time.DateOnly
)

// segmentName names a segment: the day it was begun and which of that day's it
// is, from 1. Its text is "2026-11-24.001".
type segmentName struct {
	day    string
	number int
}

// String returns the name without the extension.
func (n segmentName) String() string { return fmt.Sprintf("%s.%03d", n.day, n.number) }

// path returns the segment's file below the log's folder.
func (n segmentName) path(dir string) string {
	return filepath.Join(dir, segmentFolder, n.String()+segmentExtension)
}

// end returns when the segment's day is over in the location.
func (n segmentName) end(location *time.Location) time.Time {
	day, err := time.ParseInLocation(dayLayout, n.day, location)
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1)
}

// parseSegmentName reads the text that String returns.
func parseSegmentName(text string) (segmentName, error) {
	day, digits, _ := strings.Cut(text, ".")
	number, err := strconv.Atoi(digits)
	n := segmentName{day: day, number: number}
	if _, dayErr := time.Parse(dayLayout, day); err != nil || dayErr != nil || number < 1 || n.String() != text {
		return segmentName{}, fmt.Errorf("segment name %q: want a day and a number such as 2026-11-24.001: %w", text, inspection.ErrDamaged)
	}
	return n, nil
}
