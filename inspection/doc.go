// Package inspection holds the words of the trade as plain types: what a frame,
// a prediction, a verdict, a record, a review, a recipe and a model card are.
//
// Every other package speaks these words, so this one imports none of them. Its
// values carry no behaviour beyond what follows from their own fields, and are
// safe to copy unless a field says otherwise.
package inspection
