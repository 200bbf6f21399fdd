package opencv

// #cgo pkg-config: opencv4
// #cgo CXXFLAGS: -std=c++11 -O2
// #include "threads.h"
import "C"

import "sync"

// pool guards OpenCV's thread pool. Its size belongs to the process, so each
// run sets its own first; gocv 0.31 has no call for it.
var pool struct {
	sync.Mutex
	threads int
}

// useThreads sets the pool's size where it is another. The caller holds pool's lock.
func useThreads(threads int) {
	if pool.threads == threads {
		return
	}
	C.assay_opencv_set_threads(C.int(threads))
	pool.threads = threads
}
