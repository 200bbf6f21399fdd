package storage

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

func FuzzDecodeRecord(f *testing.F) {
	body, err := encodeRecord(someRecord(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body)
	f.Add([]byte(`{"score":"NaN","heatmap":{"values":"AAAA"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeRecord(data)
		if err != nil {
			return
		}
		again, err := encodeRecord(r)
		if err != nil {
			t.Skip() // a year JSON cannot write
		}
		second, err := decodeRecord(again)
		if err != nil {
			t.Fatalf("what was encoded cannot be decoded: %v", err)
		}
		third, err := encodeRecord(second)
		if err != nil || !bytes.Equal(again, third) {
			t.Fatalf("decoding changes the record:\n%s\n%s\n%v", again, third, err)
		}
	})
}

func FuzzDecodeEvent(f *testing.F) {
	e := event{sequence: 7, kind: kindReview, body: []byte("{}")}
	f.Add(sequenceKey(7), e.encode())
	f.Fuzz(func(t *testing.T, key, value []byte) {
		e, err := decodeEvent(key, value)
		if err != nil {
			return
		}
		if !bytes.Equal(e.encode(), value) || !bytes.Equal(sequenceKey(e.sequence), key) {
			t.Fatalf("%x %x comes back changed", key, value)
		}
		_, _ = decodeReview(e.body)
	})
}

func FuzzDecodeEntry(f *testing.F) {
	e := newEntry([16]byte{1}, 7, someRecord(1))
	f.Add(e.id[:], e.encode(), e.cell().key())
	f.Fuzz(func(_ *testing.T, key, value, cellKey []byte) {
		if e, err := decodeEntry(key, value); err == nil {
			_ = e.postings()
			_ = e.cell()
		}
		_, _ = parseCell(cellKey)
		_, _ = decodeCount(value)
	})
}

func FuzzParseSegmentName(f *testing.F) {
	f.Add("2026-11-24.001")
	f.Fuzz(func(t *testing.T, text string) {
		name, err := parseSegmentName(text)
		if err == nil && (name.String() != text || name.end(time.UTC).IsZero()) {
			t.Fatalf("%q is taken for %q", text, name)
		}
	})
}

// FuzzSegmentFile changes a segment file and reads it: the page check, or the
// guard around bbolt, must stop whatever would crash or never end.
func FuzzSegmentFile(f *testing.F) {
	whole := smallSegment(f)
	f.Add(uint32(4096), byte(1), uint32(9000), byte(0x80))
	f.Fuzz(func(t *testing.T, first uint32, change byte, second uint32, other byte) {
		data := bytes.Clone(whole)
		data[int(first)%len(data)] ^= change
		data[int(second)%len(data)] ^= other
		path := filepath.Join(t.TempDir(), "a.bolt")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if checkPages(path) != nil {
			return
		}
		s := &segment{path: path}
		_ = s.view(time.Second, func(tx *bolt.Tx) error {
			if _, err := readHeader(tx); err != nil {
				return err
			}
			return eachEvent(tx, 0, func(e event) error {
				_, _ = decodeRecord(e.body)
				_, err := readImage(tx, e.id)
				return err
			})
		})
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	})
}

// smallSegment returns the bytes of a segment with some records.
func smallSegment(f *testing.F) []byte {
	dir := f.TempDir()
	l, err := Open(dir, quiet())
	if err != nil {
		f.Fatal(err)
	}
	for n := range 40 {
		if _, err := l.Append(context.Background(), someRecord(n), bytes.Repeat([]byte("image"), 100*n+1)); err != nil {
			f.Fatal(err)
		}
	}
	path := l.current.path
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	meta, err := readMeta(bytes.NewReader(data))
	if err != nil {
		f.Fatal(err)
	}
	return data[:meta.highWater*uint64(meta.pageSize)]
}

func FuzzRestore(f *testing.F) {
	for _, name := range []string{"segments/2026-11-24.001.bolt", "segments/../../2026-11-24.001.bolt", "/etc/2026-11-24.001.bolt"} {
		f.Add(name, []byte("content"), []byte(`{"schema":1,"files":[]}`), 3000)
	}
	f.Fuzz(func(t *testing.T, name string, content, end []byte, cut int) {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		for _, member := range []struct {
			name    string
			content []byte
		}{{name, content}, {manifestFile, end}} {
			if w.WriteHeader(&tar.Header{Name: member.name, Mode: 0o600, Size: int64(len(member.content))}) != nil {
				t.Skip()
			}
			_, _ = w.Write(member.content)
		}
		_ = w.Close()
		folder := t.TempDir()
		path := filepath.Join(folder, "b.tar")
		if err := os.WriteFile(path, archive.Bytes()[:min(uint(cut), uint(archive.Len()))], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Restore(context.Background(), path, filepath.Join(folder, "to")); err == nil {
			t.Fatal("a backup that was made up is taken for whole")
		}
		if entries, err := os.ReadDir(folder); err != nil || len(entries) > 2 {
			t.Fatalf("the backup wrote outside its folder: %v %v", entries, err)
		}
	})
}
