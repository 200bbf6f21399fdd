package storage

import (
	"unsafe"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// releaseEvery is how many bytes are written to a segment between two releases:
// as many may be resident, and about as many again of the pages round them that
// the kernel maps with each fault.
const releaseEvery = 4 << 20

// release unmaps the pages of the database file that were read so far. They stay
// in the system's cache and come back when touched; without this a day's images
// would count as this process's memory. It runs on the writer's goroutine, since
// only a commit moves the mapping; readers are not disturbed.
func release(db *bolt.DB) error {
	info := db.Info()
	if info == nil || info.Data == 0 {
		return nil
	}
	size := 0
	err := db.View(func(tx *bolt.Tx) error {
		size = int(tx.Size())
		return nil
	})
	if err != nil || size == 0 {
		return err
	}
	// The address is the kernel's, not Go's: there is nothing that could move.
	start := *(*unsafe.Pointer)(unsafe.Pointer(&info.Data))                     //nolint:gosec // see above
	return unix.Madvise(unsafe.Slice((*byte)(start), size), unix.MADV_DONTNEED) //nolint:gosec // within the mapping
}
