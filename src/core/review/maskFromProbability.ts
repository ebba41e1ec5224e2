import { AppError } from '../foundation/appError'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'

/**
 * The mask that a threshold shows: 1 where `probability >= threshold`, 0 below, 255 where there is no data
 * (`valid` 0, or a probability that is not a number).
 *
 * @param probability [height, width] float32, 0..1
 * @param valid [height, width] of 0 and 1; null: all valid
 * @throws AppError `shape-mismatch` if the two differ in size.
 */
export function maskFromProbability(
  probability: Float32Array,
  threshold: number,
  valid: Uint8Array | null,
): Uint8Array {
  if (valid && valid.length !== probability.length) {
    throw new AppError(
      'shape-mismatch',
      `The probability has ${probability.length} pixels, the patch ${valid.length}: run the ensemble again.`,
    )
  }
  // Probabilities are float32: 0.7 arrives as 0.69999999, which must still count as "at 0.7".
  const least = Math.fround(threshold)
  const mask = new Uint8Array(probability.length)
  for (let index = 0; index < mask.length; index++) {
    const value = probability[index]!
    if (valid?.[index] === 0 || Number.isNaN(value)) mask[index] = IGNORE
    else mask[index] = value >= least ? LANDSLIDE : BACKGROUND
  }
  return mask
}
