import { AppError } from '../foundation/appError'
import { pixelEntropy } from '../masks/probability'
import { defaultPseudoLabelRule } from '../rounds/ensemble'

/** How unsure the networks are of a patch, 0..1. */
export interface PatchScores {
  /** Largest minus smallest probability of the networks: the mean over the 1 % of the pixels where that is worst. */
  disagreement: number
  /** Binary entropy of the ensemble's probability, bits: the mean over the 1 % of the pixels where that is worst. */
  entropy: number
  /**
   * Of the pixels that may be landslide (ensemble at `POSSIBLE` and more), the share that it is sure of (`SURE` and
   * more); 1 where none may be. Entropy cannot say it: the edge of every landslide is doubtful.
   */
  confidence: number
}

/** The method's limits of pseudo-labels: background up to the one, landslide from the other. */
const { low: POSSIBLE, high: SURE } = defaultPseudoLabelRule

/** Share of a patch's pixels with data that a score is the mean of: a whole patch's mean hides a small landslide. */
export const WORST_SHARE = 0.01

/**
 * @param ensemble [height, width] float32, 0..1, NaN where no data
 * @returns [height, width] float32 bits, 0..1, NaN where no data
 */
export function entropyMap(ensemble: Float32Array): Float32Array {
  return ensemble.map(pixelEntropy)
}

/**
 * Largest minus smallest probability of the networks at each pixel: 0 where all agree or there is only one.
 *
 * @param members one [height, width] float32 of 0..1 for each network, NaN where no data
 * @returns [height, width] float32, 0..1, NaN where any network has no data
 * @throws AppError `bad-argument` without a network, `shape-mismatch` if the maps differ in size.
 */
export function disagreementMap(members: readonly Float32Array[]): Float32Array {
  const [first, ...others] = members
  if (!first) throw new AppError('bad-argument', 'There is no prediction to compare: run the ensemble first.')
  for (const other of others) {
    if (other.length === first.length) continue
    throw new AppError(
      'shape-mismatch',
      `Probabilities of ${first.length} and ${other.length} pixels cannot be compared: run the ensemble again.`,
    )
  }
  // Math.min and Math.max give NaN as soon as one of the two is.
  const least = first.slice()
  const most = first.slice()
  for (const other of others) {
    for (let index = 0; index < least.length; index++) {
      least[index] = Math.min(least[index]!, other[index]!)
      most[index] = Math.max(most[index]!, other[index]!)
    }
  }
  return most.map((value, index) => value - least[index]!)
}

/**
 * What orders the review queue. Both are 0 and confidence is 1 where no pixel has data.
 *
 * @param ensemble [height, width] mean probability of the networks, NaN where no data
 * @param members the networks' own probabilities, at least one, of the same size
 * @param valid [height, width] of 0 (no data: left out) and 1; null: all but NaN count
 * @throws AppError `bad-argument`, `shape-mismatch` as `disagreementMap`.
 */
export function patchScores(
  ensemble: Float32Array,
  members: readonly Float32Array[],
  valid: Uint8Array | null = null,
): PatchScores {
  return {
    disagreement: meanOfWorst(disagreementMap(members), valid),
    entropy: meanOfWorst(entropyMap(ensemble), valid),
    confidence: decidedShare(ensemble, valid),
  }
}

function decidedShare(ensemble: Float32Array, valid: Uint8Array | null): number {
  let possible = 0
  let sure = 0
  for (const [index, value] of ensemble.entries()) {
    if (!(value >= POSSIBLE) || valid?.[index] === 0) continue
    possible++
    // Probabilities are float32: 0.7 arrives as 0.69999999, which must still count.
    if (value >= Math.fround(SURE)) sure++
  }
  return possible === 0 ? 1 : sure / possible
}

/** Mean of the highest 1 % of the values with data (at least one); 0 where there is none. */
function meanOfWorst(map: Float32Array, valid: Uint8Array | null): number {
  const values = map.filter((value, index) => !Number.isNaN(value) && valid?.[index] !== 0).sort()
  if (values.length === 0) return 0
  const worst = values.subarray(values.length - Math.ceil(values.length * WORST_SHARE))
  return worst.reduce((sum, value) => sum + value, 0) / worst.length
}
