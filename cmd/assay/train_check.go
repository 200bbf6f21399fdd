package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"assay/inference/architecture"
	"assay/inspection"
	"assay/training"

	"github.com/spf13/cobra"
)

// check refuses flags that would be taken for their defaults, or for nothing.
func (o trainOptions) check(cmd *cobra.Command) error {
	if err := notZero(cmd, "epochs", "batch", "learning-rate", "validation", "patience", "input", "views", "replay-share"); err != nil {
		return err
	}
	if o.warmup < 0 {
		return fmt.Errorf("--warmup %g: want 0 or more epochs", o.warmup)
	}
	if cmd.Flags().Changed("vary") && o.variants == 0 {
		return errors.New("--vary says what variants draw: say with --variants how many to make")
	}
	if _, err := architecture.New(o.architecture, training.DefaultInput); err != nil {
		return fmt.Errorf("--model: %w", err)
	}
	return nil
}

// checkResume refuses to go on where no checkpoint is: the training would begin
// anew without a word.
func (o trainOptions) checkResume(state string) error {
	if _, err := os.Stat(state); !o.resume || !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return plainError{fmt.Errorf("nothing to resume: no training of %s was interrupted after its first epoch in this data folder; leave out --resume to train from the beginning", o.name)}
}

// wrongRequest takes what is wrong with a request for wrong usage, but for a model
// that does not fit it.
func wrongRequest(err error) error {
	if errors.Is(err, inspection.ErrBadModel) {
		return err
	}
	return usage(err)
}
