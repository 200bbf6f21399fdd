package station

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// childProgress is a line "progress {…}" of a child's stderr.
type childProgress struct {
	// Stage is "read", "train", "finish" or "judge".
	Stage string `json:"stage"`
	Done  int    `json:"done"`
	Total int    `json:"total"`

	// Samples is what a training of an adaptation learns from.
	Samples         int     `json:"samples"`
	Epoch           int     `json:"epoch"`
	Epochs          int     `json:"epochs"`
	Step            int     `json:"step"`
	Steps           int     `json:"steps"`
	ImagesPerSecond float64 `json:"images_per_second"`
	SecondsLeft     float64 `json:"seconds_left"`
	Paused          bool    `json:"paused"`
}

// trainMessage takes a line that the child says to a person, or its progress.
func (s *Station) trainMessage(text string) {
	data, told := strings.CutPrefix(text, "progress ")
	if !told {
		s.trainingChange(func(st *TrainingStatus) { st.say(text) })
		return
	}
	var p childProgress
	if err := json.Unmarshal([]byte(data), &p); err != nil {
		s.params.Logger.Warn("read the training's progress", "line", text, "error", err)
		return
	}
	s.trainingChange(func(st *TrainingStatus) { st.progress(p) })
}

// say shows the child's words, which also tell when it pauses and goes on.
func (st *TrainingStatus) say(text string) {
	switch {
	case text == "Paused" && st.State == TrainingRunning:
		st.State = TrainingPaused
	case text == "Going on" && st.State == TrainingPaused:
		st.State = TrainingRunning
	}
	if st.State != TrainingStopping {
		st.Message = text
	}
}

func (st *TrainingStatus) progress(p childProgress) {
	switch p.Stage {
	case "read":
		st.note(fmt.Sprintf("Reading images: %d of %d", p.Done, p.Total))
	case "judge":
		st.note(fmt.Sprintf("Judging images: %d of %d", p.Done, p.Total))
	case "finish":
		st.note("Finishing: calibrating the scores and writing the model")
	case "train":
		st.run()
		switch {
		case p.Paused && st.State == TrainingRunning:
			st.State = TrainingPaused
		case !p.Paused && st.State == TrainingPaused:
			st.State = TrainingRunning
		}
		st.Total, st.Step, st.Steps = max(st.Total, p.Epochs), p.Step, p.Steps
		st.ImagesPerSecond = p.ImagesPerSecond
		st.Remaining = time.Duration(p.SecondsLeft * float64(time.Second))
		if st.Request.Adapt {
			st.adaptProgress(p)
		} else {
			st.note(fmt.Sprintf("Epoch %d of %d", p.Epoch, p.Epochs))
		}
		if p.Paused {
			st.ImagesPerSecond = 0
			st.note("Paused")
		}
	}
}

// note sets the message, but for that of a training that is stopping.
func (st *TrainingStatus) note(text string) {
	if st.State != TrainingStopping {
		st.Message = text
	}
}
