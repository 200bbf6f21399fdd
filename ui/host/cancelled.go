package host

import (
	"context"
	"errors"
)

// isCancelled reports whether work ended because nobody wants it any more.
func isCancelled(err error) bool { return errors.Is(err, context.Canceled) }
