package capture

import (
	"fmt"

	"assay/inspection"
)

func missing(device string) error {
	return fmt.Errorf("there is no camera %s: %w", device, inspection.ErrSourceMissing)
}

func busy(device string) error {
	return fmt.Errorf("camera %s is in use by another program: %w", device, inspection.ErrSourceBusy)
}
