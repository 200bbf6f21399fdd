package inspection

import (
	"errors"
	"fmt"
)

// Sentinel errors that cross package borders. Wrap them with %w and context;
// compare with errors.Is. station.Explain turns each into a sentence for a person.
var (
	// ErrSourceLost is returned when a source that was delivering frames has stopped: unplugged, or past its deadline.
	ErrSourceLost = errors.New("source lost")
	// ErrSourceBusy is returned when another program holds the camera.
	ErrSourceBusy = errors.New("source busy")
	// ErrSourceMissing is returned when a camera, file or folder does not exist.
	ErrSourceMissing = errors.New("source missing")
	// ErrSourceEmpty is returned when a folder or video holds no picture at all.
	ErrSourceEmpty = errors.New("source empty")
	// ErrBadImage is returned when an image file cannot be decoded.
	ErrBadImage = errors.New("image cannot be read")
	// ErrBadModel is returned when a file is no model that this program can run.
	ErrBadModel = errors.New("model cannot be used")
	// ErrModelInput is returned when a model's input does not fit what it is given.
	ErrModelInput = errors.New("model input does not fit")
	// ErrNotFound is returned when a record, model or recipe of that name does not exist.
	ErrNotFound = errors.New("not found")
	// ErrExists is returned when a name is taken already.
	ErrExists = errors.New("exists already")
	// ErrReadOnly is returned when the data folder cannot be written.
	ErrReadOnly = errors.New("data folder is read-only")
	// ErrDiskFull is returned when a write failed for want of space; nothing acknowledged is lost.
	ErrDiskFull = errors.New("disk full")
	// ErrLocked is returned when another station holds the data folder.
	ErrLocked = errors.New("data folder is in use by another station")
	// ErrInTraining is returned when another process trains a model of that name.
	ErrInTraining = errors.New("another training of this name is running")
	// ErrNewerVersion is returned when data was written by a newer version of this program.
	ErrNewerVersion = errors.New("written by a newer version")
	// ErrDamaged is returned when stored bytes do not match their checksum or format.
	ErrDamaged = errors.New("stored data is damaged")
	// ErrClosed is returned by a call on something already closed.
	ErrClosed = errors.New("closed")
	// ErrBadDataset is returned when a data set cannot be trained or evaluated on.
	ErrBadDataset = errors.New("data set cannot be used")
	// ErrOneClass is an ErrBadDataset: sound and defective parts are not both there, or cannot be told apart by their folders.
	ErrOneClass = fmt.Errorf("%w: both classes are needed", ErrBadDataset)
	// ErrNotFinite is returned when a loss or a score is NaN or infinite.
	ErrNotFinite = errors.New("not a finite number")
)
