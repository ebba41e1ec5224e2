import { AppError, throwIfAborted } from '../foundation/appError'
import { ensembleMean } from './ensemble'
import type { TargetRecord } from './round'
import type { RoundContext, RoundInput } from './roundInput'
import { ENSEMBLE } from './targetLabels'
import { createTargetTally } from './targetTally'

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
