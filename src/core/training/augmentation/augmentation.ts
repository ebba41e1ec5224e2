/**
 * What one draw does to a patch: where it is cut, how it is turned, how its colours move. The crop is cut first, then
 * turned by `angle` about its centre, flipped left-right, and turned by quarters; colours come last.
 */
export interface Augmentation {
  /** Upper-left corner of the crop in the patch; negative where the patch is smaller than the crop. */
  column: number
  row: number
  /** Degrees anticlockwise as seen on the screen; 0: pixels are copied, not interpolated. */
  angle: number
  flip: boolean
  /** Quarter turns anticlockwise, 0 to 3, after the flip. */
  turns: number
  /** Slope of `bendColour` far from the mean; 1: straight. Spectral bands only. */
  bend: number
  /**
   * Per band: bent value * gain + offset, in z-score units. Identity (1 and 0) for slope and elevation; both 0 for a
   * band that is dropped, which leaves it at its mean.
   */
  gain: Float32Array
  offset: Float32Array
}

/** How augmentations are drawn. */
export interface AugmentationSettings {
  /** Side of the square training crop, pixels; patches are 128. */
  cropSize: number
  /** Flips, turns, rotations and colour perturbation; false leaves the crops alone, which are still drawn. */
  augment: boolean
  /**
   * Share of crops placed over a landslide pixel, where the patch holds one. A rotation may turn one in a corner out
   * of the crop again.
   */
  landslideShare: number
  /** Largest rotation beside the quarter turns, degrees either way, 0 to 45. */
  rotationDegrees: number
  /** Share of draws that are rotated, and so interpolated; the others stay bit-exact copies. */
  rotationShare: number
  /** Largest contrast change common to the spectral bands (gain 1 +- this), 0 to 1. */
  contrast: number
  /** Largest brightness change common to the spectral bands, in standard deviations. */
  brightness: number
  /** Largest change of one band alone, in gain and in standard deviations. */
  bandJitter: number
  /** Largest bend of the spectral bands' curve (`bendColour`): its slope far from the mean is e^-this to e^this. */
  gamma: number
  /** Probability that a spectral band is dropped: set to 0, its mean. */
  bandDropout: number
}

/**
 * Half of the crops are placed over a landslide: patches hold 49 background pixels per landslide pixel. Half stay
 * unrotated, so that networks keep seeing pixels as sharp as those they will label.
 */
export const defaultAugmentation: AugmentationSettings = {
  cropSize: 128,
  augment: true,
  landslideShare: 0.5,
  rotationDegrees: 15,
  rotationShare: 0.5,
  contrast: 0.2,
  brightness: 0.2,
  bandJitter: 0.05,
  gamma: 0.2,
  bandDropout: 0,
}
