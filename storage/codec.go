package storage

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"assay/inspection"
)

// recordBody is a record as its event's JSON body holds it. It differs from
// inspection.Record in that numbers may be NaN or infinite (JSON has neither),
// the heatmap is packed, and decisions of people are absent: those are events.
type recordBody struct {
	inspection.Record
	Score      number         `json:"score"`
	Thresholds thresholdsBody `json:"thresholds"`
	LatencyMS  number         `json:"latency_ms"`
	Heatmap    *heatmapBody   `json:"heatmap,omitempty"`
}

type thresholdsBody struct {
	Pass number `json:"pass"`
	Fail number `json:"fail"`
}

// heatmapBody holds the values as base64 of little-endian float32.
type heatmapBody struct {
	Width  int                  `json:"width"`
	Height int                  `json:"height"`
	Values string               `json:"values"`
	Region inspection.Rectangle `json:"region"`
}

// number is a float64 that JSON can hold whatever its value: "NaN", "+Inf" and
// "-Inf" are strings.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.AppendQuote(nil, strconv.FormatFloat(f, 'g', -1, 64)), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case `"NaN"`:
		*n = number(math.NaN())
		return nil
	case `"+Inf"`:
		*n = number(math.Inf(1))
		return nil
	case `"-Inf"`:
		*n = number(math.Inf(-1))
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

// encodeRecord returns the JSON body of a record's event.
func encodeRecord(r inspection.Record) ([]byte, error) {
	body := recordBody{
		Record:     r,
		Score:      number(r.Score),
		Thresholds: thresholdsBody{Pass: number(r.Thresholds.Pass), Fail: number(r.Thresholds.Fail)},
		LatencyMS:  number(r.LatencyMS),
	}
	body.Operator, body.Supervisor = nil, nil
	if r.Heatmap != nil {
		body.Heatmap = packHeatmap(*r.Heatmap)
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode record: %w", err)
	}
	return data, nil
}

// decodeRecord reads what encodeRecord wrote; anything else is inspection.ErrDamaged.
func decodeRecord(data []byte) (inspection.Record, error) {
	var body recordBody
	if err := decodeJSON(data, &body); err != nil {
		return inspection.Record{}, fmt.Errorf("%w: record: %w", inspection.ErrDamaged, err)
	}
	r := body.Record
	r.Score = float64(body.Score)
	r.Thresholds = inspection.Thresholds{Pass: float64(body.Thresholds.Pass), Fail: float64(body.Thresholds.Fail)}
	r.LatencyMS = float64(body.LatencyMS)
	r.Operator, r.Supervisor, r.Heatmap = nil, nil, nil
	if body.Heatmap == nil {
		return r, nil
	}
	heatmap, err := unpackHeatmap(*body.Heatmap)
	if err != nil {
		return inspection.Record{}, fmt.Errorf("%w: record: %w", inspection.ErrDamaged, err)
	}
	r.Heatmap = heatmap
	return r, nil
}

func packHeatmap(h inspection.Heatmap) *heatmapBody {
	raw := make([]byte, 0, 4*len(h.Values))
	for _, v := range h.Values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return &heatmapBody{Width: h.Width, Height: h.Height, Values: base64.StdEncoding.EncodeToString(raw), Region: h.Region}
}

func unpackHeatmap(b heatmapBody) (*inspection.Heatmap, error) {
	raw, err := base64.StdEncoding.DecodeString(b.Values)
	if err != nil {
		return nil, fmt.Errorf("heatmap: %w", err)
	}
	if len(raw)%4 != 0 {
		return nil, fmt.Errorf("heatmap of %d bytes is no row of float32", len(raw))
	}
	values := make([]float32, len(raw)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return &inspection.Heatmap{Width: b.Width, Height: b.Height, Values: values, Region: b.Region}, nil
}

// decodeReview reads the JSON body of a review event; anything else is inspection.ErrDamaged.
func decodeReview(data []byte) (inspection.ReviewEvent, error) {
	var e inspection.ReviewEvent
	if err := decodeJSON(data, &e); err != nil {
		return inspection.ReviewEvent{}, fmt.Errorf("%w: review: %w", inspection.ErrDamaged, err)
	}
	return e, nil
}

// sealedBody is the body of the event that fixes a closed segment's file.
type sealedBody struct {
	Segment string `json:"segment"`
	SHA256  string `json:"sha256"`
	Bytes   int64  `json:"bytes"`
}

// droppedBody is the body of the event that stays when retention removes a
// segment: what the file held and the chain hash it ended with.
type droppedBody struct {
	Segment string `json:"segment"`
	First   uint64 `json:"first"`
	Last    uint64 `json:"last"`
	Head    string `json:"head"`
	Records int    `json:"records"`
}

// decodeJSON reads exactly one JSON value. Fields it does not know are passed
// over: a field may be added without a new schema version.
func decodeJSON(data []byte, into any) error { return json.Unmarshal(data, into) }
