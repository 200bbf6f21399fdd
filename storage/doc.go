// Package storage is the evidence log: every verdict with its image, every
// review, kept for good and provably unchanged.
//
// # Basics
//
// Open a folder, Append a record with the bytes of its image, and read back with
// Get, Image, List and Counts:
//
//	log, err := storage.Open(dir, storage.Options{})
//	defer log.Close()
//	record, err = log.Append(ctx, record, jpeg) // returns after the commit that holds both
//	page, err := log.List(ctx, storage.Query{Lot: "L-17", Limit: 50})
//
// The log is a row of segments, one bbolt file a day, in dir/segments; the newest
// takes writes, the others are immutable. A record and its image are written in
// one transaction, so neither exists without the other. Calls to Append that
// arrive together share one commit. A review is an event of its own that refers to
// a record; nothing is ever overwritten. Each event carries a hash over the one
// before it, so that Verify finds what was changed, removed or reordered.
//
// dir/index.bolt answers queries. It holds nothing that the segments do not hold
// and may be deleted while no station runs: Open builds it again.
//
// docs/storage-format.md describes every key and value.
//
// # Caveats
//
//   - One process at a time: a second Open of the same folder fails with
//     inspection.ErrLocked after Options.LockTimeout. Several read-only opens may
//     share a folder while no station holds it.
//   - A day is a day in the location of Options.Clock's times (the computer's local
//     time by default); a record belongs to the segment of the day it was appended
//     on, whatever its own Time says.
//   - An Append that returned nil is durable. One that returned an error other than
//     the context's may in rare cases (the disk failed during the last sync) be in
//     the log all the same; it is then listed and verified like any other.
//   - All times are compared in milliseconds, the resolution of a record's ID.
//   - The slices that Image and Thumbnail return belong to the caller; Append does
//     not keep the image it is given.
package storage
