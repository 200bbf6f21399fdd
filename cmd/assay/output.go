package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// checkOutput refuses a file that cannot be written for want of its folder, before
// the work that it is to hold; an empty name is none.
func checkOutput(file string) error {
	if file == "" {
		return nil
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return plainError{fmt.Errorf("%s is a folder: name a file in it", file)}
	}
	folder := filepath.Dir(file)
	info, err := os.Stat(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return plainError{fmt.Errorf("the folder %s does not exist: make it, or write to another one (%w)", folder, err)}
	case err != nil:
		return plainError{fmt.Errorf("the folder %s cannot be used: write to another one (%w)", folder, err)}
	case !info.IsDir():
		return plainError{fmt.Errorf("%s is no folder: write to another one", folder)}
	}
	return nil
}
