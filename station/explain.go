package station

import (
	"context"
	"errors"
	"strings"

	"assay/inspection"
)

// explanations say what each sentinel means to a person and what to do. The
// first that matches is used, so the more specific come first.
var explanations = []struct {
	is   error
	text string
}{
	{inspection.ErrLocked, "Another station is using this data folder. Close it, or start this one with another folder (--data)."},
	{inspection.ErrInTraining, "Another training of this name is running, in a window or by a command; it goes on. Wait for its end or stop it, or train under another name."},
	{inspection.ErrNewerVersion, "This data was written by a newer version of Assay. Nothing was changed. Update Assay, or use another data folder (--data)."},
	{inspection.ErrReadOnly, "The data folder cannot be written. Nothing was lost. Give write permission to it, or use another folder (--data)."},
	{inspection.ErrDiskFull, "The disk is full. Every verdict shown so far is saved; inspection waits. Free some space and it goes on by itself."},
	{inspection.ErrDamaged, "Stored data is damaged. The rest was kept. Run `assay log verify` to see what is affected."},
	{inspection.ErrSourceBusy, "The camera is in use by another program. Close that program; the station tries again by itself."},
	{inspection.ErrSourceMissing, "The source was not found. Check the cable or the path, then choose the source again."},
	{inspection.ErrSourceEmpty, "There is no picture to read. Choose a folder or a file that holds JPEG or PNG pictures."},
	{inspection.ErrSourceLost, "The camera has stopped sending pictures. Check its cable; the station goes on by itself when it is back."},
	{inspection.ErrBadImage, "A picture cannot be read. It was left out, the rest goes on."},
	{inspection.ErrModelInput, "The model does not fit this picture. Choose another model for this part."},
	{inspection.ErrBadModel, "This file is no model that Assay can run. The model in use was kept. Choose an ONNX file of a supported network."},
	{inspection.ErrOneClass, "This data set cannot be used. It needs one folder of good and one folder of defective parts."},
	{inspection.ErrBadDataset, "These samples cannot be used."},
	{inspection.ErrNotFinite, "The computation gave no finite number. The last good result was kept."},
	{inspection.ErrNotFound, "That does not exist. Choose one from the list."},
	{inspection.ErrExists, "That name is taken. Choose another one."},
	{inspection.ErrClosed, "The station is closing."},
	{context.Canceled, "It was cancelled. Nothing was changed."},
	{context.DeadlineExceeded, "It took too long and was stopped. Try again."},
}

// Explain turns an error into sentences for a person: what happened, what was
// kept, what to do, followed by the error's own words. It returns "" for nil.
func Explain(err error) string {
	if err == nil {
		return ""
	}
	if name, is := errors.AsType[ModelNameError](err); is {
		return "That name cannot be used: " + name.Error() + "."
	}
	for _, e := range explanations {
		if errors.Is(err, e.is) {
			return e.text + " (" + oneLine(err) + ")"
		}
	}
	return "Something unexpected happened; every verdict shown so far is saved. (" + oneLine(err) + ")"
}

// oneLine keeps joined errors readable in a banner.
func oneLine(err error) string {
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
