package demo

import "testing"

func BenchmarkFrame(b *testing.B) {
	l := newLine(1)
	for b.Loop() {
		l.next()
	}
}

func BenchmarkSprite(b *testing.B) {
	l := newLine(1)
	for b.Loop() {
		s := newSprite(newPart(1, 3), l.texture)
		s.draw(spriteSize)
	}
}

func BenchmarkNewLine(b *testing.B) {
	for b.Loop() {
		newLine(1)
	}
}
