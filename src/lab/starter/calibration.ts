import { type ProbabilityTally, TALLY_BINS } from '../../core/rounds/probabilityTally'

/** p becomes sigmoid(slope * logit(p) + offset): temperature 1 / slope, and an offset for another share of landslides. */
export interface Calibration {
  slope: number
  offset: number
}

export const UNCALIBRATED: Calibration = { slope: 1, offset: 0 }

const STEPS = 50

/** Keeps the problem solvable where probabilities separate the classes. */
const RIDGE = 1e-6

/**
 * The calibration with the smallest negative log-likelihood on labelled pixels, by Newton's method. Both numbers free:
 * Platt 1999. The slope alone: temperature scaling (Guo et al. 2017).
 *
 * @param tally at least one pixel of each class; else `UNCALIBRATED`.
 */
export function fitCalibration(tally: ProbabilityTally, free: 'slope' | 'both'): Calibration {
  const total = tally.pixels.reduce((sum, pixels) => sum + pixels, 0)
  const landslides = tally.landslides.reduce((sum, pixels) => sum + pixels, 0)
  if (landslides === 0 || landslides === total) return UNCALIBRATED
  let { slope, offset } = UNCALIBRATED
  for (let step = 0; step < STEPS; step++) {
    let [gs, go, hss, hso, hoo] = [0, 0, RIDGE, 0, RIDGE]
    for (let bin = 0; bin < TALLY_BINS; bin++) {
      const x = logitOf(bin)
      const p = sigmoid(slope * x + offset)
      const weight = (tally.pixels[bin]! * p * (1 - p)) / total
      const residual = (tally.pixels[bin]! * p - tally.landslides[bin]!) / total
      gs += residual * x
      go += residual
      hss += weight * x * x
      hso += weight * x
      hoo += weight
    }
    if (free === 'slope') {
      slope -= gs / hss
    } else {
      const determinant = hss * hoo - hso * hso
      slope -= (hoo * gs - hso * go) / determinant
      offset -= (hss * go - hso * gs) / determinant
    }
  }
  return { slope, offset }
}

/** A tally of the calibrated probabilities. */
export function calibrated(tally: ProbabilityTally, { slope, offset }: Calibration): ProbabilityTally {
  const moved: ProbabilityTally = { pixels: tally.pixels.map(() => 0), landslides: tally.pixels.map(() => 0) }
  for (let bin = 0; bin < TALLY_BINS; bin++) {
    const p = sigmoid(slope * logitOf(bin) + offset)
    const to = Math.min(TALLY_BINS - 1, Math.floor(p * TALLY_BINS))
    moved.pixels[to]! += tally.pixels[bin]!
    moved.landslides[to]! += tally.landslides[bin]!
  }
  return moved
}

/** Of the middle of a bin. */
function logitOf(bin: number): number {
  const p = (bin + 0.5) / TALLY_BINS
  return Math.log(p / (1 - p))
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
