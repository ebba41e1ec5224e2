import { IGNORE, LANDSLIDE } from '../patches/patch'
import { type ConfusionCounts, scores } from './metrics'

/** Bins of a tally, of 0.01 each; 1 counts to the last. */
export const TALLY_BINS = 100

/**
 * Pixels with a label by the probability they were given: everything that thresholds and calibration need, additive
 * over patches, folds and seeds.
 */
export interface ProbabilityTally {
  /** [100] pixels. */
  pixels: number[]
  /** [100] landslide pixels among them. */
  landslides: number[]
}

export function emptyTally(): ProbabilityTally {
  return { pixels: new Array(TALLY_BINS).fill(0), landslides: new Array(TALLY_BINS).fill(0) }
}

export function addTally(a: ProbabilityTally, b: ProbabilityTally): ProbabilityTally {
  return {
    pixels: a.pixels.map((count, bin) => count + b.pixels[bin]!),
    landslides: a.landslides.map((count, bin) => count + b.landslides[bin]!),
  }
}

/** @param truth [H, W] of 0, 1, 255; pixels of 255 and without a probability are left out. */
export function tallyOf(probability: Float32Array, truth: Uint8Array): ProbabilityTally {
  const tally = emptyTally()
  for (const [i, p] of probability.entries()) {
    if (truth[i] === IGNORE || Number.isNaN(p)) continue
    // Probabilities are float32: 0.7 arrives as 0.69999999, which belongs to 0.70.
    const bin = Math.min(TALLY_BINS - 1, Math.floor(p * TALLY_BINS + 1e-5))
    tally.pixels[bin]! += 1
    if (truth[i] === LANDSLIDE) tally.landslides[bin]! += 1
  }
  return tally
}

/** The counts at a threshold, a multiple of 0.01. */
export function countsAt(tally: ProbabilityTally, threshold: number): ConfusionCounts {
  const from = Math.round(threshold * TALLY_BINS)
  const counts = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 }
  for (let bin = 0; bin < TALLY_BINS; bin++) {
    const landslides = tally.landslides[bin]!
    const others = tally.pixels[bin]! - landslides
    if (bin >= from) {
      counts.truePositive += landslides
      counts.falsePositive += others
    } else {
      counts.falseNegative += landslides
      counts.trueNegative += others
    }
  }
  return counts
}

/** Landslide-class F1 at a threshold, 0 where it is 0/0. */
export function f1At(tally: ProbabilityTally, threshold: number): number {
  return scores(countsAt(tally, threshold)).f1 ?? 0
}

/** Half the width of the window over which a threshold has to do well. */
const WINDOW = 0.1

/** Fewer landslide pixels say nothing about a threshold. */
const LEAST_LANDSLIDES = 200

/** Where nothing is known. */
export const DEFAULT_MASK_THRESHOLD = 0.5

/**
 * Labelled patches at which a threshold of their own counts as much as 0.5. Over four blocks of real patches, 3.75
 * patches each, the best threshold scatters with a standard deviation of 0.2 (variance per patch 0.15); over training
 * runs it lies within 0.1 of 0.5 (variance 0.01): 0.15 / 0.01, the weight of the prior mean of a normal distribution.
 */
const PRIOR_PATCHES = 15

/**
 * Threshold for masks by labelled pixels: the one with the best F1 of the landslide class, averaged over the thresholds
 * within 0.1 of it, since a few patches have a ragged curve and others their peak elsewhere; of equal ones that nearest
 * to 0.5. It is then drawn towards 0.5 by how few the patches are: n / (n + 15) of the way is its own. 0.2 to 0.8, a
 * multiple of 0.01; 0.5 where there are fewer than 200 landslide pixels.
 *
 * @param patches labelled patches with landslides in the tally.
 */
export function chooseThreshold(tally: ProbabilityTally, patches: number): number {
  const landslides = tally.landslides.reduce((sum, count) => sum + count, 0)
  if (landslides < LEAST_LANDSLIDES) return DEFAULT_MASK_THRESHOLD
  const f1 = Array.from({ length: TALLY_BINS + 1 }, (_, step) => f1At(tally, step / TALLY_BINS))
  const reach = Math.round(WINDOW * TALLY_BINS)
  const middle = Math.round(DEFAULT_MASK_THRESHOLD * TALLY_BINS)
  let best = { step: middle, f1: -1 }
  for (let step = 20; step <= 80; step++) {
    const window = f1.slice(step - reach, step + reach + 1)
    const mean = window.reduce((sum, value) => sum + value, 0) / window.length
    const nearer = Math.abs(step - middle) < Math.abs(best.step - middle)
    if (mean > best.f1 + 1e-9 || (mean > best.f1 - 1e-9 && nearer)) best = { step, f1: mean }
  }
  const own = patches / (patches + PRIOR_PATCHES)
  return Math.round(middle + own * (best.step - middle)) / TALLY_BINS
}

/** Bins of a reliability table, of 0.1 each. */
export const RELIABILITY_BINS = 10

/** By bin: pixels, their mean probability, and the share of landslides among them; NaN where there are none. */
export function* reliability(tally: ProbabilityTally) {
  const width = TALLY_BINS / RELIABILITY_BINS
  for (let bin = 0; bin < RELIABILITY_BINS; bin++) {
    let [pixels, landslides, probability] = [0, 0, 0]
    for (let i = bin * width; i < (bin + 1) * width; i++) {
      pixels += tally.pixels[i]!
      landslides += tally.landslides[i]!
      probability += (tally.pixels[i]! * (i + 0.5)) / TALLY_BINS
    }
    yield { bin, pixels, probability: probability / pixels, share: landslides / pixels }
  }
}

/**
 * Expected calibration error: the mean over pixels of |mean probability - share of landslides| in ten bins (Naeini,
 * Cooper, Hauskrecht 2015; Guo et al. 2017).
 */
export function calibrationError(tally: ProbabilityTally): number {
  const total = tally.pixels.reduce((sum, pixels) => sum + pixels, 0)
  let error = 0
  for (const { pixels, probability, share } of reliability(tally)) {
    if (pixels > 0) error += (pixels / total) * Math.abs(probability - share)
  }
  return error
}
