//go:build !linux

package capture

import "errors"

// ProbeCamera checks that path is a camera that can be opened now. On this
// system it cannot tell and returns nil.
func ProbeCamera(string) error { return nil }

func askDevice(string) (capability, error) {
	return capability{}, errors.ErrUnsupported
}
