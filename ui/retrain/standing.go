package retrain

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"assay/inspection"
	"assay/station"
	"assay/ui/task"
)

// registered is what the registry says at one time.
type registered struct {
	models   []station.ModelInfo
	standing station.Standing
}

// reload reads the registry anew: the command line may have promoted something meanwhile.
func (r *promote) reload() {
	task.RunIn(r.page.host.Tasks, &r.lists, func(context.Context) (registered, error) {
		models, err := r.page.station.Models()
		if err != nil {
			return registered{}, err
		}
		standing, err := r.page.station.Standing()
		return registered{models, standing}, err
	}, func(found registered, err error) {
		if err != nil {
			r.page.host.Notify("The models cannot be listed. " + station.Explain(err))
			return
		}
		r.known, r.standing = found.models, found.standing
		r.page.update()
	})
}

// judges is the model that the line judges with, whatever the registry says.
func (r *promote) judges() inspection.ModelRef { return r.page.station.Snapshot().Model }

// inUse reports whether the model was promoted here and judges the line.
func (r *promote) inUse(m station.ModelInfo) bool {
	return r.promoted == m.Ref.SHA256 && r.judges().SHA256 == m.Ref.SHA256
}

// waits reports whether the model is promoted for the line, which judges with another one all the same.
func (r *promote) waits(m station.ModelInfo) bool {
	return m.Ref.Name != "" && m.Ref == r.standing.Chosen && m.Ref != r.judges() && r.thresholds(m) == nil
}

// strayWords say that the line judges with another model than the one promoted for it, "" where it does not.
func (r *promote) strayWords() string {
	now, chosen := r.judges(), r.standing.Chosen
	if chosen.Name == "" || chosen == now {
		return ""
	}
	return fmt.Sprintf("%s is promoted, but the line goes on with %s. ", modelName(chosen), modelName(now))
}

// useChosen has the line judge with the model that is promoted for it already.
func (r *promote) useChosen(m station.ModelInfo) {
	task.RunIn(r.page.host.Tasks, &r.changes, func(context.Context) (struct{}, error) {
		return struct{}{}, r.page.station.SelectModel(m.Ref.Name, m.Ref.Version)
	}, func(_ struct{}, err error) {
		if err != nil {
			r.page.host.Error("The model was not changed", err)
		} else {
			r.page.host.Notify(modelName(m.Ref) + " judges from the next part on.")
		}
		r.show()
		r.page.update()
	})
	r.page.update()
}

// label names the models, newest first, and says which one judges.
func (r *promote) label() {
	now := r.judges()
	clear(r.models)
	r.labels = nil
	for _, m := range slices.Backward(r.known) {
		label := modelName(m.Ref)
		if m.Ref == now {
			label += ", judges now"
		}
		r.models[label] = m
		r.labels = append(r.labels, label)
	}
}

// sameModel returns the label that a model goes by now, "" where it is gone.
func (r *promote) sameModel(label string) string {
	name := strings.TrimSuffix(label, ", judges now")
	for _, l := range r.labels {
		if name != "" && strings.TrimSuffix(l, ", judges now") == name {
			return l
		}
	}
	return ""
}
