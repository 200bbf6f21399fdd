package log

import (
	"assay/inspection"
	"assay/station"
)

// rows are the records fetched so far, newest first.
type rows struct {
	records []inspection.Record
	next    string // the cursor of the next page, "" after the last
	total   int
}

func (r *rows) reset(page station.Page) {
	r.records = append([]inspection.Record(nil), page.Records...)
	r.next, r.total = page.Next, page.Total
}

// add appends an older page.
func (r *rows) add(page station.Page) {
	r.records = append(r.records, page.Records...)
	r.next, r.total = page.Next, page.Total
}

// prepend puts the newer records of a first page before those fetched and replaces those it holds anew. It returns how
// many came new, and whether the page reached what was fetched: otherwise there is a gap, and the page replaces all.
func (r *rows) prepend(page station.Page) (added int, joined bool) {
	if len(r.records) == 0 || len(page.Records) == 0 {
		r.reset(page)
		return len(page.Records), false
	}
	first := r.records[0].ID
	at := -1
	for i, record := range page.Records {
		if record.ID == first {
			at = i
			break
		}
	}
	if at < 0 {
		r.reset(page)
		return len(page.Records), false
	}
	for _, record := range page.Records[at:] {
		r.replace(record)
	}
	r.records = append(append([]inspection.Record(nil), page.Records[:at]...), r.records...)
	r.total = page.Total
	return at, true
}

// replace puts a record in place of its older state and reports whether it was there.
func (r *rows) replace(record inspection.Record) bool {
	i := r.index(record.ID)
	if i < 0 {
		return false
	}
	r.records[i] = record
	return true
}

// index returns where a record is, -1 where it is not.
func (r *rows) index(id string) int {
	if id == "" {
		return -1
	}
	for i := range r.records {
		if r.records[i].ID == id {
			return i
		}
	}
	return -1
}
