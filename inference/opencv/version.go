package opencv

import "gocv.io/x/gocv"

// Version returns the version of the OpenCV library in use, such as "4.6.0".
func Version() string { return gocv.OpenCVVersion() }
