package station

import "sync"

// Signal announces values of one type to any number of subscribers. The zero
// value is ready; it must not be copied. It is safe for concurrent use.
type Signal[T any] struct {
	mu          sync.Mutex
	next        int
	subscribers map[int]func(T)
}

// Subscribe has f called for every value emitted from now on, on the emitter's
// goroutine: f must return at once. The returned function ends the subscription.
func (s *Signal[T]) Subscribe(f func(T)) (cancel func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subscribers == nil {
		s.subscribers = make(map[int]func(T))
	}
	id := s.next
	s.next++
	s.subscribers[id] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.subscribers, id)
	}
}

// Emit calls every subscriber with the value, in no particular order, and
// returns when all have returned. A subscriber may subscribe or cancel.
func (s *Signal[T]) Emit(value T) {
	s.mu.Lock()
	list := make([]func(T), 0, len(s.subscribers))
	for _, f := range s.subscribers {
		list = append(list, f)
	}
	s.mu.Unlock()
	for _, f := range list {
		f(value)
	}
}
