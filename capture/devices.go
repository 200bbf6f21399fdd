package capture

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Device is a camera that the system knows.
type Device struct {
	// ID stays the same when the camera is plugged in again: its path in /dev/v4l/by-id where the system keeps one,
	// else its bus and name. "camera:" + ID is a source.
	ID string `json:"id"`
	// Path is the device file now: "/dev/video0".
	Path string `json:"path"`
	Name string `json:"name"`
	// Bus is where it is plugged in: "usb-0000:00:14.0-2". Empty where the device could not be asked.
	Bus string `json:"bus"`
	// Formats are the pixel formats offered, as four characters each: "MJPG", "YUYV". Empty where it could not be asked.
	Formats []string `json:"formats"`
}

// capability is what a device node says of itself.
type capability struct {
	name, bus string
	capture   bool // delivers pictures; false for metadata, radio and output nodes
	formats   []string
}

// lister finds cameras; its fields are replaced in tests.
type lister struct {
	sysfs string // "/sys/class/video4linux"
	dev   string // "/dev"
	ask   func(path string) (capability, error)
}

// Devices lists the cameras, ordered by number. Nodes that carry no pictures
// (a UVC camera has one for metadata) are left out. Without any camera, or on a
// system without Video4Linux, the list is empty and there is no error.
func Devices() ([]Device, error) {
	return lister{sysfs: "/sys/class/video4linux", dev: "/dev", ask: askDevice}.list()
}

func (l lister) list() ([]Device, error) {
	entries, err := os.ReadDir(l.sysfs)
	if errors.Is(err, fs.ErrNotExist) {
		return []Device{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list cameras: %w", err)
	}
	byID := l.links()
	devices := []Device{}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "video") {
			continue // v4l-subdev, vbi, radio
		}
		if d, ok := l.describe(e.Name(), byID); ok {
			devices = append(devices, d)
		}
	}
	slices.SortFunc(devices, func(a, b Device) int { return cmp.Compare(number(a.Path), number(b.Path)) })
	return devices, nil
}

// describe returns the device behind a node, false if it is no camera.
func (l lister) describe(node string, byID map[string]string) (Device, bool) {
	d := Device{Path: filepath.Join(l.dev, node), Name: l.attribute(node, "name"), Formats: []string{}}
	c, err := l.ask(d.Path)
	switch {
	case err == nil && !c.capture:
		return Device{}, false
	case err == nil:
		d.Name, d.Bus, d.Formats = cmp.Or(c.name, d.Name), c.bus, append(d.Formats, c.formats...)
	case l.attribute(node, "index") != "0":
		return Device{}, false // could not be asked, but a camera's first node is the one with pictures
	}
	d.ID = cmp.Or(byID[d.Path], strings.TrimSpace(d.Bus+" "+d.Name), d.Path)
	return d, true
}

func (l lister) attribute(node, name string) string {
	text, err := os.ReadFile(filepath.Join(l.sysfs, node, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// links maps device files to their names in /dev/v4l/by-id, which udev keeps
// and small systems lack.
func (l lister) links() map[string]string {
	links := map[string]string{}
	names, _ := filepath.Glob(filepath.Join(l.dev, "v4l", "by-id", "*"))
	for _, name := range names {
		if target, err := os.Readlink(name); err == nil {
			links[filepath.Join(l.dev, filepath.Base(target))] = name
		}
	}
	return links
}

// number returns the N of /dev/videoN.
func number(path string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(filepath.Base(path), "video"))
	return n
}

// FindDevice returns the device file for a camera's value in a Spec: a number,
// a path (also in /dev/v4l/by-id) or a Device's ID. It does not open it.
func FindDevice(value string) (string, error) {
	if n, err := strconv.ParseUint(value, 10, 16); err == nil {
		return fmt.Sprintf("/dev/video%d", n), nil
	}
	if filepath.IsAbs(value) {
		return value, nil
	}
	devices, err := Devices()
	if err != nil {
		return "", err
	}
	for _, d := range devices {
		if d.ID == value {
			return d.Path, nil
		}
	}
	return "", missing(value)
}
