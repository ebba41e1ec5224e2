import type { TargetRecord } from './round'

/** Bins of the confidence histogram, of 0.05 each. */
export const CONFIDENCE_BINS = 20

/** Counts over the target's probabilities, patch after patch; holds none of them. */
export interface TargetTally {
  /**
   * @param probability [H, W] of 0..1, NaN where the pixel holds no data.
   * @param previous of the previous ensemble, of the same size; null: there is none of this patch.
   */
  add(probability: Float32Array, previous: Float32Array | null): void
  record(): TargetRecord
}

/** @param threshold probability from which a pixel counts as landslide. */
export function createTargetTally(threshold: number): TargetTally {
  const confidence = new Array<number>(CONFIDENCE_BINS).fill(0)
  const changed = { gained: 0, lost: 0, compared: 0 }
  return {
    add(probability, previous) {
      if (previous && previous.length !== probability.length) {
        throw new RangeError(`Probabilities differ in size: ${previous.length} and ${probability.length}.`)
      }
      for (let i = 0; i < probability.length; i++) {
        const now = probability[i]!
        if (Number.isNaN(now)) continue
        const bin = Math.min(CONFIDENCE_BINS - 1, Math.floor(now * CONFIDENCE_BINS))
        confidence[bin]! += 1
        const before = previous?.[i] ?? Number.NaN
        if (Number.isNaN(before)) continue
        changed.compared++
        if (now >= threshold && before < threshold) changed.gained++
        else if (now < threshold && before >= threshold) changed.lost++
      }
    },
    record: () => ({
      changedPixels: changed.compared > 0 ? { ...changed } : null,
      confidence: [...confidence],
    }),
  }
}
