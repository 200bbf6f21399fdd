package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"assay/training"
)

// progressPeriod is how often progress is told at most.
const progressPeriod = time.Second

// progress tells how far a command is: with --json as lines "progress {…}" on
// stderr, which the window reads; otherwise in words, and seldom. It serves one
// goroutine at a time.
type progress struct {
	w     io.Writer
	json  bool
	words string
	last  time.Time
	// samples is what the training of an adaptation is for; 0 otherwise.
	samples int
}

// progressLine is one line's JSON; see docs for what each stage fills in.
type progressLine struct {
	Stage string `json:"stage"`
	// Done and Total count images, for the stages "read" and "judge".
	Done  int `json:"done,omitempty"`
	Total int `json:"total,omitempty"`
	*stepProgress
}

// stepProgress belongs to the stage "train".
type stepProgress struct {
	Samples         int     `json:"samples,omitempty"`
	Epoch           int     `json:"epoch"`
	Epochs          int     `json:"epochs"`
	Step            int     `json:"step"`
	Steps           int     `json:"steps"`
	Loss            float64 `json:"loss"`
	LearningRate    float64 `json:"learning_rate"`
	ImagesPerSecond float64 `json:"images_per_second"`
	SecondsLeft     float64 `json:"seconds_left"`
	Paused          bool    `json:"paused"`
}

func newProgress(w io.Writer, json bool, words string) *progress {
	return &progress{w: w, json: json, words: words}
}

// due reports whether it is time for another line.
func (p *progress) due(always bool) bool {
	now := time.Now()
	if !always && now.Sub(p.last) < progressPeriod {
		return false
	}
	p.last = now
	return true
}

func (p *progress) print(line progressLine) {
	data, err := json.Marshal(line)
	if err != nil { // a loss that is no number ends the training with its own message
		return
	}
	_, _ = fmt.Fprintf(p.w, "progress %s\n", data)
}

// count tells how many images are done.
func (p *progress) count(stage string, done, total int) {
	if !p.due(done == total) {
		return
	}
	if p.json {
		p.print(progressLine{Stage: stage, Done: done, Total: total})
	} else {
		_, _ = fmt.Fprintf(p.w, "%s: %d of %d\n", p.words, done, total)
	}
}

// stage tells that a stage begins that cannot say how long it takes.
func (p *progress) stage(name string) {
	if p.json {
		p.print(progressLine{Stage: name})
	}
}

// step tells how the training goes: once a period, and as soon as it is paused.
func (p *progress) step(s training.Step, pause *training.Pause) {
	paused := pause != nil && pause.Held()
	if !p.json || !p.due(paused || s.Step == s.Steps) {
		return
	}
	p.print(progressLine{Stage: "train", stepProgress: &stepProgress{Samples: p.samples, Epoch: s.Epoch, Epochs: s.Epochs, Step: s.Step, Steps: s.Steps,
		Loss: s.Loss, LearningRate: s.LearningRate, ImagesPerSecond: s.ImagesPerSecond, SecondsLeft: s.Left.Seconds(), Paused: paused}})
}
