package station

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"assay/capture"
	"assay/inference"
	"assay/inspection"
	"assay/storage"
)

// Query selects records of the log.
type Query = storage.Query

// Page is what a Query finds.
type Page = storage.Page

// Log is what the station needs of the evidence log; *storage.Log has it.
type Log interface {
	// Append MUST return only after the commit that holds both record and image.
	Append(ctx context.Context, r inspection.Record, image []byte) (inspection.Record, error)
	AppendReview(ctx context.Context, e inspection.ReviewEvent) (inspection.ReviewEvent, error)
	Get(id string) (inspection.Record, error)
	Image(id string) (data []byte, mediaType string, err error)
	// Thumbnail returns a small encoded picture of the record.
	Thumbnail(id string) ([]byte, error)
	List(ctx context.Context, q Query) (Page, error)
}

// Params are the parts a Station is made of. Fields without "may be" are needed.
type Params struct {
	// Data is the data folder.
	Data string
	// Log may be nil: verdicts are then final at once and kept nowhere.
	Log     Log
	Models  *Registry
	Recipes []inspection.Recipe
	Openers capture.Openers
	// Devices lists cameras; may be nil.
	Devices func() ([]capture.Device, error)
	// Engines by name; Engine is the one to begin with, "native" where empty.
	Engines map[string]inference.EngineFactory
	Engine  string
	// Threads is for the engine; 0 means its default.
	Threads int
	// Paced makes folders and the demo line run at a rate that a person can follow; otherwise as fast as they are judged.
	Paced bool
	// Limit ends judging after that many parts; 0 means never.
	Limit int
	// Executable is this program, started as a child to train; may be empty where nothing is trained.
	Executable string
	// Notices are sentences to show from the start on, such as a recipe that cannot be used.
	Notices []string
	// Logger may be nil: slog.Default.
	Logger *slog.Logger
	// Clock may be nil: time.Now.
	Clock func() time.Time
}

// defaultEngine is the one that the product is built around.
const defaultEngine = "native"

func (p Params) withDefaults() (Params, error) {
	if p.Models == nil || len(p.Engines) == 0 || p.Openers == nil {
		return p, errors.New("new station: models, engines and openers are needed")
	}
	if p.Engine == "" {
		p.Engine = defaultEngine
	}
	if p.Logger == nil {
		p.Logger = slog.Default()
	}
	if p.Clock == nil {
		p.Clock = time.Now
	}
	return p, nil
}
