package storage

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"assay/inspection"
)

// bbolt's own reader trusts its pages: a damaged one makes it panic, or run in
// circles until memory ends. checkPages walks the tree beforehand with plain
// reads and refuses whatever bbolt could not survive. The layout is that of
// bolt since 2014, file version 2, in the byte order of the machine.

const (
	pageHeader     = 16
	pageElement    = 16
	flagBranch     = 0x01
	flagLeaf       = 0x02
	flagFreelist   = 0x10
	bucketFlag     = 0x01
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	noFreelist     = ^uint64(0)
	maxTreeDepth   = 64
	largestPage    = 64 << 10
	smallestPage   = 512
	metaSize       = 64
	inlineBucket   = 16
	countIsInItems = 0xFFFF
)

// boltMeta is what a meta page says.
type boltMeta struct {
	pageSize            uint32
	root, freelist      uint64
	highWater, sequence uint64
}

// pageWalk is the state of one check.
type pageWalk struct {
	file io.ReaderAt
	meta boltMeta
	seen []bool // by page number
}

// checkPages returns an error wrapping inspection.ErrDamaged unless every page of
// the bbolt file is reachable once, well formed and in order. It reads all but
// the values. The file must not be written meanwhile.
func checkPages(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return walkPages(file, info.Size())
}

func walkPages(file io.ReaderAt, size int64) error {
	meta, err := readMeta(file)
	if err != nil {
		return err
	}
	if int64(meta.highWater)*int64(meta.pageSize) > size || int64(meta.highWater) > size {
		return damagedPage(0, "the file ends before page %d", meta.highWater)
	}
	w := &pageWalk{file: file, meta: meta, seen: make([]bool, meta.highWater)}
	if err := w.tree(meta.root, nil, nil, 0); err != nil {
		return err
	}
	return w.freelist()
}

// readMeta returns the newer valid one of the two meta pages. The second is looked
// for at every page size the first could have had.
func readMeta(file io.ReaderAt) (boltMeta, error) {
	best, found := boltMeta{}, false
	offsets := []int64{0}
	for size := int64(smallestPage); size <= largestPage; size *= 2 {
		offsets = append(offsets, size)
	}
	for _, offset := range offsets {
		var page [pageHeader + metaSize]byte
		if _, err := file.ReadAt(page[:], offset); err != nil {
			break
		}
		m, ok := parseMeta(page[pageHeader:])
		if ok && (offset == 0 || offset == int64(m.pageSize)) && (!found || m.sequence > best.sequence) {
			best, found = m, true
		}
	}
	if !found {
		return boltMeta{}, fmt.Errorf("%w: no valid meta page", inspection.ErrDamaged)
	}
	return best, nil
}

func parseMeta(b []byte) (boltMeta, bool) {
	order := binary.NativeEndian
	sum := fnv.New64a()
	_, _ = sum.Write(b[:metaSize-8]) // a hash takes everything
	m := boltMeta{
		pageSize: order.Uint32(b[8:]), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		highWater: order.Uint64(b[40:]), sequence: order.Uint64(b[48:]),
	}
	valid := order.Uint32(b) == boltMagic && order.Uint32(b[4:]) == boltVersion && order.Uint64(b[56:]) == sum.Sum64() &&
		m.pageSize >= smallestPage && m.pageSize <= largestPage && m.pageSize&(m.pageSize-1) == 0 && m.highWater < 1<<40
	return m, valid
}

// page is one page's header and bytes: all of a small page, the elements alone of a large one.
type page struct {
	id    uint64
	flags uint16
	count int
	size  int64 // with its overflow pages
	base  int64 // offset in the file
}

// enter reads a page's header, and marks it and its overflow as seen.
func (w *pageWalk) enter(id uint64) (page, error) {
	if id < 2 || id >= w.meta.highWater {
		return page{}, damagedPage(id, "is outside the file")
	}
	base := int64(id) * int64(w.meta.pageSize)
	var header [pageHeader]byte
	if _, err := w.file.ReadAt(header[:], base); err != nil {
		return page{}, damagedPage(id, "cannot be read: %v", err)
	}
	order := binary.NativeEndian
	overflow := uint64(order.Uint32(header[12:]))
	if got := order.Uint64(header[:]); got != id {
		return page{}, damagedPage(id, "calls itself page %d", got)
	}
	if id+overflow >= w.meta.highWater {
		return page{}, damagedPage(id, "reaches beyond the file")
	}
	for n := id; n <= id+overflow; n++ {
		if w.seen[n] {
			return page{}, damagedPage(n, "is used twice")
		}
		w.seen[n] = true
	}
	return page{
		id: id, flags: order.Uint16(header[8:]), count: int(order.Uint16(header[10:])),
		size: int64(overflow+1) * int64(w.meta.pageSize), base: base,
	}, nil
}

// tree checks the subtree at id, whose keys must be ≥ low and < high where those are not nil.
func (w *pageWalk) tree(id uint64, low, high []byte, depth int) error {
	if depth > maxTreeDepth {
		return damagedPage(id, "lies too deep")
	}
	p, err := w.enter(id)
	if err != nil {
		return err
	}
	switch p.flags {
	case flagBranch:
		return w.branch(p, low, high, depth)
	case flagLeaf:
		return w.leaf(io.NewSectionReader(w.file, p.base, p.size), p, low, high, depth)
	}
	return damagedPage(id, "is of unknown type %#x", p.flags)
}

func (w *pageWalk) branch(p page, low, high []byte, depth int) error {
	r := io.NewSectionReader(w.file, p.base, p.size)
	elements, err := readElements(r, p)
	if err != nil {
		return err
	}
	if p.count == 0 {
		return damagedPage(p.id, "is a branch without children")
	}
	order := binary.NativeEndian
	keys := make([][]byte, p.count)
	children := make([]uint64, p.count)
	for i := range p.count {
		e := elements[i*pageElement:]
		at := int64(pageHeader + i*pageElement)
		keys[i], err = readKey(r, p, at+int64(order.Uint32(e)), int64(order.Uint32(e[4:])))
		if err != nil {
			return err
		}
		children[i] = order.Uint64(e[8:])
	}
	if err := ordered(p, keys, low, high); err != nil {
		return err
	}
	for i, child := range children {
		next := high
		if i+1 < p.count {
			next = keys[i+1]
		}
		if err := w.tree(child, keys[i], next, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *pageWalk) leaf(r *io.SectionReader, p page, low, high []byte, depth int) error {
	elements, err := readElements(r, p)
	if err != nil {
		return err
	}
	order := binary.NativeEndian
	keys := make([][]byte, p.count)
	for i := range p.count {
		e := elements[i*pageElement:]
		flags, at := order.Uint32(e), int64(pageHeader+i*pageElement)+int64(order.Uint32(e[4:]))
		keySize, valueSize := int64(order.Uint32(e[8:])), int64(order.Uint32(e[12:]))
		if keys[i], err = readKey(r, p, at, keySize); err != nil {
			return err
		}
		if at+keySize+valueSize > p.size {
			return damagedPage(p.id, "has a value that reaches beyond it")
		}
		if flags&^bucketFlag != 0 {
			return damagedPage(p.id, "has an element with flags %#x", flags)
		}
		if flags&bucketFlag == 0 {
			continue
		}
		if err := w.bucket(io.NewSectionReader(r, at+keySize, valueSize), p.id, depth); err != nil {
			return err
		}
	}
	return ordered(p, keys, low, high)
}

// bucket checks a bucket: a tree of its own, or a small leaf within the value.
func (w *pageWalk) bucket(value *io.SectionReader, id uint64, depth int) error {
	var head [inlineBucket]byte
	if _, err := value.ReadAt(head[:], 0); err != nil {
		return damagedPage(id, "has a bucket of %d bytes", value.Size())
	}
	order := binary.NativeEndian
	if root := order.Uint64(head[:]); root != 0 {
		return w.tree(root, nil, nil, depth+1)
	}
	inline := io.NewSectionReader(value, inlineBucket, value.Size()-inlineBucket)
	var header [pageHeader]byte
	if _, err := inline.ReadAt(header[:], 0); err != nil {
		return damagedPage(id, "has an inline bucket cut short")
	}
	p := page{id: id, flags: order.Uint16(header[8:]), count: int(order.Uint16(header[10:])), size: inline.Size()}
	if p.flags != flagLeaf || depth > maxTreeDepth {
		return damagedPage(id, "has an inline bucket of type %#x", p.flags)
	}
	return w.leaf(inline, p, nil, nil, depth+1)
}

// freelist checks that pages called free are within the file and not in use:
// bbolt would otherwise write over data.
func (w *pageWalk) freelist() error {
	if w.meta.freelist == noFreelist {
		return nil
	}
	p, err := w.enter(w.meta.freelist)
	if err != nil {
		return err
	}
	if p.flags != flagFreelist {
		return damagedPage(p.id, "is of type %#x, want the free list", p.flags)
	}
	order := binary.NativeEndian
	offset, count := int64(pageHeader), int64(p.count)
	r := io.NewSectionReader(w.file, p.base, p.size)
	if p.count == countIsInItems {
		var n [8]byte
		if _, err := r.ReadAt(n[:], offset); err != nil {
			return damagedPage(p.id, "cannot be read: %v", err)
		}
		offset, count = offset+8, int64(min(order.Uint64(n[:]), 1<<40))
	}
	if offset+8*count > p.size {
		return damagedPage(p.id, "lists more free pages than it has room for")
	}
	ids := make([]byte, 8*count)
	if _, err := r.ReadAt(ids, offset); err != nil && count > 0 {
		return damagedPage(p.id, "cannot be read: %v", err)
	}
	for ; len(ids) > 0; ids = ids[8:] {
		id := order.Uint64(ids)
		if id < 2 || id >= w.meta.highWater || w.seen[id] {
			return damagedPage(p.id, "calls page %d free, which is in use or outside the file", id)
		}
		w.seen[id] = true
	}
	return nil
}

func readElements(r *io.SectionReader, p page) ([]byte, error) {
	size := int64(p.count) * pageElement
	if pageHeader+size > p.size {
		return nil, damagedPage(p.id, "has more elements than it has room for")
	}
	elements := make([]byte, size)
	if _, err := r.ReadAt(elements, pageHeader); err != nil && size > 0 {
		return nil, damagedPage(p.id, "cannot be read: %v", err)
	}
	return elements, nil
}

func readKey(r *io.SectionReader, p page, at, size int64) ([]byte, error) {
	if size == 0 || size > 1<<15 || at < pageHeader+int64(p.count)*pageElement || at+size > p.size {
		return nil, damagedPage(p.id, "has a key outside it")
	}
	key := make([]byte, size)
	if _, err := r.ReadAt(key, at); err != nil {
		return nil, damagedPage(p.id, "cannot be read: %v", err)
	}
	return key, nil
}

func ordered(p page, keys [][]byte, low, high []byte) error {
	for i, key := range keys {
		if i > 0 && bytes.Compare(keys[i-1], key) >= 0 {
			return damagedPage(p.id, "has keys out of order")
		}
		if low != nil && bytes.Compare(key, low) < 0 || high != nil && bytes.Compare(key, high) >= 0 {
			return damagedPage(p.id, "has a key that belongs elsewhere")
		}
	}
	return nil
}

func damagedPage(id uint64, format string, arguments ...any) error {
	return fmt.Errorf("%w: page %d %s", inspection.ErrDamaged, id, fmt.Sprintf(format, arguments...))
}
