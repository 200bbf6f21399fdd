// Package replay delivers the pictures of a folder as a source, so that what
// was photographed once can be inspected again and again, in the same order.
//
// A folder is searched with all it holds. The order is that of the names read
// by people: part2 before part10. Each frame keeps its file's own bytes, and
// what the folder's name says of the part.
package replay
