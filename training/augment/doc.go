// Package augment makes variants of training images.
//
// # What it does to an image
//
// In this order, each only where it is switched on:
//
//  1. On the source, in 8 bits: another picture's look (Pipeline.Look); gamma,
//     contrast and brightness of the whole image; concentric steps about the
//     centre, which move with the part; the background outside the part's disc;
//     then blur.
//  2. One resampling. Flips, quarter turns, tilt, zoom, shear, shift and rotation
//     compose into one 3×3 matrix and the image is read through it once, with
//     bilinear interpolation. Flips and quarter turns alone move pixels exactly.
//  3. On the result: uneven light, which stays with the lamp and does not turn
//     with the part; noise; and the model's scale and offset.
//
// An image for which nothing is drawn comes out as pixel×Scale+Offset, to the
// last bit what inference computes.
//
// # Chance
//
// What is drawn for an image follows from its Key (seed, epoch, sample) alone, so
// it does not depend on how many goroutines work; a look also follows from the
// pictures that lend theirs (Pipeline.WithLooks). Each augmentation has a random
// stream of its own: switching one on or off, or changing its strength, does not
// change what the others draw.
//
// # Keras
//
// Rotation, shift, shear, zoom, flips and brightness mean what they mean to
// keras.preprocessing.image.ImageDataGenerator (interpolation_order 1): same
// order, same signs, same fill modes, held to it by a fixture. Three things differ,
// on purpose. An image that is not square is turned about its centre, where Keras
// mixes up the centre's coordinates. Wrap repeats the image as Keras' documentation draws it (SciPy's
// "grid-wrap"), where Keras really leaves out a row at the seam. And brightness is
// rounded to 8 bits where Keras truncates.
package augment
