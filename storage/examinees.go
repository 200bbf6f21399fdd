package storage

// examinees returns the segments there are and the number of the newest event, both
// of one moment between two commits: were a segment begun between the two looks,
// its records would be indexed and not looked for.
func (l *Log) examinees() (segments []examined, until uint64, err error) {
	take := func() error {
		for _, s := range l.snapshotSegments() {
			header, _ := s.state()
			segments = append(segments, examined{segment: s, header: header})
		}
		until = l.index.last().sequence
		return nil
	}
	if l.options.ReadOnly {
		err = take() // there is no writer
	} else {
		err = l.exclusively(take)
	}
	return segments, until, err
}

// examined is a segment with its header as it was when Verify was called.
type examined struct {
	*segment
	header segmentHeader
}

// closed reports whether the segment took no more writes then.
func (s examined) closed() bool { return !s.header.Closed.IsZero() }
