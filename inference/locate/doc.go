// Package locate finds the round part in a picture: an ellipse, which is what a
// camera that looks a little from the side makes of a disc.
//
// # How it works
//
// Edges on concentric rings point at their centre, whatever their contrast and
// polarity: a vote of all edges gives a few candidate centres. Round each one
// the rings are followed by an ellipse: on 64 rays the strongest edge near it is
// found, and the ellipse moves to them by least squares, the window closing in.
// The picture is then unrolled along the best such ellipse, where all rings of
// the part are straight lines, and the outermost that is closed and clear is
// the part's rim.
//
// Edges count by how far they stand out of the picture's own noise, not by
// their height: a faint rim on a grey table counts nearly as much as the sharp
// edge of a dark bore, and brightness, contrast and slow changes of light do not
// matter.
//
// # Caveats
//
// The rim found is the outermost one that a picture shows clearly. A part on a
// round plate has the plate's rim, and a picture without any round part has no
// outline: Find says so, and the confidence says how sure it is.
package locate
