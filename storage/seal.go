package storage

func (l *Log) unfinished(s *segment) bool {
	header, damage := s.state()
	return damage == nil && !header.Closed.IsZero() && (!header.Compacted || !l.index.sealed(s.name.String()))
}

// sealed reports whether the chain holds a seal of the segment's file.
func (x *index) sealed(name string) (sealed bool) {
	err := x.view(func(s *snapshot) error {
		sealed = s.tx.Bucket(bucketSeals).Get([]byte(name)) != nil
		return nil
	})
	if err != nil {
		return false
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	for _, seal := range x.overlay.seals {
		sealed = sealed || seal.Segment == name
	}
	return sealed
}
