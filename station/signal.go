package station

import "sync"

// Signal announces values of one type to any number of subscribers. The zero
// value is ready; it must not be copied. It is safe for concurrent use.
type Signal[T any] struct {
	// order keeps the values of EmitChange in the order of the changes.
	order sync.Mutex

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

// EmitChange applies change under the lock that guards what it changes, and
// emits the snapshot that it returns after letting go of that lock: subscribers
// see snapshots in the order of the changes. Neither change nor a subscriber may
// call it on the same signal in turn.
func (s *Signal[T]) EmitChange(guard *sync.Mutex, change func() T) {
	s.order.Lock()
	defer s.order.Unlock()
	guard.Lock()
	snapshot := change()
	guard.Unlock()
	s.Emit(snapshot)
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
