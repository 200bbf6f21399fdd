package capture

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"assay/inspection"
)

func TestParseSpec(t *testing.T) {
	for text, want := range map[string]Spec{
		"camera:0":                  {Camera, "0"},
		"camera:/dev/video2":        {Camera, "/dev/video2"},
		"camera:/dev/v4l/by-id/a:b": {Camera, "/dev/v4l/by-id/a:b"},
		"video:C:/a.mp4":            {Video, "C:/a.mp4"},
		"folder:.":                  {Folder, "."},
		"demo":                      {Demo, ""},
		"demo:0":                    {Demo, "0"},
		"demo:18446744073709551615": {Demo, "18446744073709551615"},
	} {
		got, err := ParseSpec(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
		require.Equal(t, text, got.String())
	}
}

func TestParseSpecSaysWhatItWants(t *testing.T) {
	for _, text := range []string{"", "camera", "camera:", "video:", "folder", "Camera:0", "/dev/video0", "demo:", "demo:-1", "demo:x", ":", "x:y"} {
		_, err := ParseSpec(text)
		require.Error(t, err, text)
		for _, form := range []string{"camera:N", "video:FILE", "folder:DIR", "demo"} {
			require.ErrorContains(t, err, form, text)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	f.Add("camera:0")
	f.Add("demo")
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := ParseSpec(text)
		if err == nil && spec.String() != text {
			t.Errorf("%q became %q", text, spec)
		}
	})
}

func TestOpenersMarkWhatCannotBeCured(t *testing.T) {
	fails := func(context.Context, string, Options) (Source, error) { return nil, inspection.ErrSourceMissing }
	openers := Openers{Camera: fails, Folder: fails}
	for kind, permanent := range map[Kind]bool{Camera: false, Folder: true, Video: true} {
		_, err := openers.Open(t.Context(), Spec{kind, "x"}, Options{})
		require.ErrorContains(t, err, string(kind)+":x")
		require.Equal(t, permanent, IsPermanent(err), kind)
		require.Equal(t, kind != Video, errors.Is(err, inspection.ErrSourceMissing))
	}
}
