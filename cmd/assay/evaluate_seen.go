package main

import (
	"fmt"

	"assay/inspection"
	"assay/training"
)

// nameInWords is NAME@VERSION; a file from outside may have no version.
func nameInWords(name string, version int) string {
	if version == 0 {
		return name
	}
	return fmt.Sprintf("%s@%d", name, version)
}

// judgeSeen finds out whether the models learnt from the chosen images, and says
// so on stderr where they did or may have.
func (e *evaluator) judgeSeen(chosen training.Selected) error {
	registered := map[string]inspection.ModelCard{}
	list, err := e.globals.registry().List()
	if err != nil {
		list = nil // then ancestors are unknown, and that is said
	}
	for _, m := range list {
		registered[m.Ref.SHA256] = m.Card
	}
	for i, m := range e.models {
		lineage, whole := lineageOf(m.Card, registered)
		seen, err := chosen.Seen(e.cmd.Context(), lineage, whole)
		if err != nil {
			return err
		}
		e.models[i].seen = seen
		if words := seenInWords(m.name(), m.Card, seen); words != "" {
			e.cmd.PrintErrln(words)
		}
	}
	return nil
}

// lineageOf returns a model's card and those of the registered models it comes
// from; whole says that none is missing.
func lineageOf(card inspection.ModelCard, registered map[string]inspection.ModelCard) (lineage []inspection.ModelCard, whole bool) {
	lineage = append(lineage, card)
	for range registered { // no line is longer, whatever the cards say
		if card.Parent == "" {
			break
		}
		parent, known := registered[card.Parent]
		if !known {
			break
		}
		card = parent
		lineage = append(lineage, card)
	}
	return lineage, card.Parent == ""
}

// seenInWords is empty where the model is known not to have seen the images.
func seenInWords(name string, card inspection.ModelCard, s training.Seen) string {
	divided := ""
	if s.Split != "" {
		divided = " (" + s.Split + ")"
	}
	switch {
	case s.Kind == training.SeenNone:
		return ""
	case s.Kind == training.SeenAll:
		return fmt.Sprintf("Not unseen: %s was trained on these %d images or chosen by them. The figures say nothing of parts that it does not know.", name, s.Of)
	case s.Kind == training.SeenSome:
		return fmt.Sprintf("Not unseen: %s was trained on at least %d of these %d images or chosen by them, for it was trained on this data set divided otherwise%s. The figures flatter it.",
			name, s.Images, s.Of, divided)
	case s.SameSource && s.Split == "":
		return fmt.Sprintf("These images are not known to be unseen: %s was trained on a data set of this name that was divided otherwise or has changed since.", name)
	case card.Parent != "":
		return fmt.Sprintf("These images are not known to be unseen: %s was trained further from another model, and not all is known of what that learnt from.", name)
	case card.Dataset == "":
		return fmt.Sprintf("These images are not known to be unseen: the card of %s does not say what it was trained on.", name)
	}
	return fmt.Sprintf("These images are not known to be unseen: %s was trained on other images than this data set's training part, and the card does not list them.", name)
}
