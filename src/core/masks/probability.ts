import { AppError } from '../foundation/appError'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'

/**
 * The mask that a threshold shows: 1 where `probability >= threshold`, 0 below, 255 where there is no data
 * (`valid` 0, or a NaN probability).
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

/**
 * How a frozen mask differs from the networks' at each threshold 0.00, 0.01 ... 1.00: made once a verdict, so that a
 * slider that runs over thousands of verdicts reads two numbers each.
 */
export interface FlipProfile {
  /** [101] pixels that are background in the frozen mask and landslide at the threshold. */
  gained: Uint32Array
  /** [101] pixels that are landslide in the frozen mask and background at the threshold. */
  lost: Uint32Array
}

const STEPS = 100

/** Thresholds as maskFromProbability compares them. */
const THRESHOLDS = Float32Array.from({ length: STEPS + 1 }, (_, step) => step / STEPS)

/** The highest of the thresholds 0.00, 0.01 ... 1.00, as 0 to 100, at which a probability is landslide. */
export function thresholdStep(p: number): number {
  const step = Math.min(STEPS, Math.max(0, Math.floor(p * STEPS)))
  if (step < STEPS && p >= THRESHOLDS[step + 1]!) return step + 1
  return step > 0 && p < THRESHOLDS[step]! ? step - 1 : step
}

/**
 * Pixels without data, and pixels ignored in the frozen mask, differ at no threshold.
 *
 * @param frozen [height, width] of 0, 1, 255, as judged
 * @param probability [height, width] float32, 0..1, NaN where no data
 * @throws AppError `shape-mismatch` if the two differ in size.
 */
export function flipProfile(frozen: Uint8Array, probability: Float32Array): FlipProfile {
  if (frozen.length !== probability.length) {
    throw new AppError(
      'shape-mismatch',
      `The mask has ${frozen.length} pixels, the probability ${probability.length}: run the ensemble again.`,
    )
  }
  // By the highest threshold at which a pixel is still landslide.
  const background = new Uint32Array(STEPS + 1)
  const landslide = new Uint32Array(STEPS + 1)
  for (let index = 0; index < frozen.length; index++) {
    const p = probability[index]!
    if (frozen[index] === IGNORE || Number.isNaN(p)) continue
    const step = thresholdStep(p)
    const counts = frozen[index] === LANDSLIDE ? landslide : background
    counts[step] = counts[step]! + 1
  }
  const gained = new Uint32Array(STEPS + 1)
  const lost = new Uint32Array(STEPS + 1)
  for (let step = STEPS, sum = 0; step >= 0; step--) gained[step] = sum += background[step]!
  for (let step = 1, sum = 0; step <= STEPS; step++) lost[step] = sum += landslide[step - 1]!
  return { gained, lost }
}

/** Pixels that differ at a threshold, a multiple of 0.01. */
export function flippedPixels({ gained, lost }: FlipProfile, threshold: number): number {
  const step = Math.round(threshold * STEPS)
  return (gained[step] ?? 0) + (lost[step] ?? 0)
}

/** Binary entropy of a landslide probability 0..1: 0 bits where certain, 1 at 0.5, NaN for NaN. */
export function pixelEntropy(p: number): number {
  if (p <= 0 || p >= 1) return 0
  return -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p))
}
