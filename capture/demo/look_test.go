package demo

import (
	"fmt"
	"image/png"
	"os"
	"testing"
)

// TestLook writes pictures for a person to look at, into the folder that DEMO_LOOK names.
func TestLook(t *testing.T) {
	dir := os.Getenv("DEMO_LOOK")
	if dir == "" {
		t.Skip("DEMO_LOOK names no folder")
	}
	for part := range uint64(48) {
		img, truth := Render(3, part+1)
		f, _ := os.Create(fmt.Sprintf("%s/part%02d-%s.png", dir, part+1, truth.Defect))
		png.Encode(f, img)
		f.Close()
	}
	l := newLine(7)
	for i := range 60 {
		img, _ := l.next()
		f, _ := os.Create(fmt.Sprintf("%s/frame%02d.png", dir, i))
		png.Encode(f, img)
		f.Close()
	}
}

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
