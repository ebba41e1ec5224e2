import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { thresholdStep } from '../../core/masks/probability'
import { ENSEMBLE, ensembleMean } from '../../core/rounds/ensemble'
import type { TargetRecord } from '../../core/rounds/round'
import type { RoundContext, RoundInput } from './roundInput'

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
  // A pixel is gained at the thresholds above what it was up to what it is: the first and the one after the last count.
  const gained = new Array<number>(THRESHOLD_COUNT + 1).fill(0)
  const lost = new Array<number>(THRESHOLD_COUNT + 1).fill(0)
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
        const [from, to] = [thresholdStep(before), thresholdStep(now)]
        const turned = to > from ? gained : lost
        turned[Math.min(from, to) + 1]! += 1
        turned[Math.max(from, to) + 1]! -= 1
        if (now >= threshold && before < threshold) changed.gained++
        else if (now < threshold && before >= threshold) changed.lost++
      }
    },
    record: () => ({
      changedPixels: changed.compared > 0 ? { ...changed } : null,
      ...(changed.compared > 0 && { changes: { gained: running(gained), lost: running(lost) } }),
      confidence: [...confidence],
    }),
  }
}

const THRESHOLD_COUNT = 101

/** Sums up to each threshold. */
function running(counts: readonly number[]): number[] {
  let sum = 0
  return counts.slice(0, THRESHOLD_COUNT).map(count => (sum += count))
}

/**
 * Writes the mean of a round's networks as "ensemble", target patches first, then held-out ones; one patch at a time.
 *
 * @param onPatch called after each with the number done.
 * @returns what the new means say of the target, against those they replace; null where there is no target.
 */
export async function writeEnsemble(
  modelIds: readonly string[],
  { config, target, heldOut, store }: RoundInput,
  context: RoundContext,
  onPatch: (done: number) => void,
): Promise<TargetRecord | null> {
  const tally = createTargetTally(config.decisionThreshold)
  let done = 0
  for (const patches of [target, heldOut]) {
    for (const patchId of patches?.ids ?? []) {
      throwIfAborted(context.signal)
      const members: Float32Array[] = []
      for (const modelId of modelIds) members.push(await storedProbability(store, patchId, modelId))
      const mean = ensembleMean(members)
      if (patches === target) tally.add(mean, await store.readProbability(patchId, ENSEMBLE))
      await store.writeProbability(patchId, ENSEMBLE, mean)
      context.onEvent?.({ kind: 'predicted', patchId })
      onPatch(++done)
    }
  }
  return target && target.ids.length > 0 ? tally.record() : null
}

/** @throws AppError `storage-failed` where the store has lost it. */
export async function storedProbability(
  store: RoundInput['store'],
  patchId: string,
  modelId: string,
): Promise<Float32Array> {
  const probability = await store.readProbability(patchId, modelId)
  if (probability) return probability
  throw new AppError(
    'storage-failed',
    `The probability of ${patchId} by ${modelId} is gone: run the round again.`,
  )
}
