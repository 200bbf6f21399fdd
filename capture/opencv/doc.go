// Package opencv brings pictures from cameras (Video4Linux) and from every
// video file that the installed OpenCV can read.
//
// # Caveats
//
// OpenCV tells nothing of why a read failed, so the reasons come from asking
// the device file before it is opened. It also knows no deadline: a frozen
// camera holds a read for ten seconds. The camera is therefore read on its own
// goroutine, which alone touches the handle and closes it at the first failed
// read: a handle kept open would make a replugged camera come back under
// another number.
package opencv
