// Package capture brings pictures to the station: from cameras, video files,
// image folders and a simulated line, all behind one [Source].
//
// # Basics
//
// A source is named by a [Spec] ("camera:0", "video:FILE", "folder:DIR",
// "demo") and opened by the [Opener] registered for its kind in an [Openers]
// map, which the program fills once:
//
//	openers := capture.Openers{
//		capture.Camera: opencv.OpenCamera,
//		capture.Video:  opencv.OpenVideo,
//		capture.Folder: replay.Open,
//		capture.Demo:   demo.Open,
//	}
//	spec, err := capture.ParseSpec("camera:0")
//	source, err := openers.Open(ctx, spec, capture.Options{})
//
// [Source.Next] returns frames until io.EOF. A program that must outlive an
// unplugged or frozen camera does not call Next itself but runs [Supervise],
// which reopens what was lost and says so. Where only the newest picture
// matters (a live view, a camera line), its frames go into a [Mailbox], which
// never makes the source wait.
//
// # Caveats
//
// Frames are shared without a lock: nobody may change a frame's image after it
// was handed on, the source included.
//
// A source is used by one goroutine at a time, but Close may be called from
// another while Next is waiting.
//
// A camera that is unplugged while its handle is open comes back under another
// number. Therefore sources close their handle at the first failed read, and a
// lost source never recovers by itself: it must be closed and opened anew.
//
// Supervise abandons a Next or Close that hangs. Its goroutine ends when the
// driver lets go; until then the device may be reported busy.
package capture
