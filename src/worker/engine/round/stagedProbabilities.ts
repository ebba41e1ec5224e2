import type { RoundStore } from '../../../core/refinement/roundInput'
import { ENSEMBLE } from '../../../core/refinement/targetLabels'

/**
 * A store that keeps a running round's ensemble to itself, so that a cancelled round leaves the probabilities and
 * masks on screen as they were. The single networks' probabilities go straight to the project: they stand under
 * model ids that nothing names until the round is on record.
 */
export interface StagedProbabilities extends RoundStore {
  /** Writes the ensembles to the project. @param onPatch called after each. */
  commit(onPatch: (patchId: string) => Promise<void>): Promise<void>
}

/**
 * @param store what the round reads.
 * @param project where its ensembles go in the end.
 */
export function stageProbabilities(
  store: RoundStore,
  project: Pick<RoundStore, 'writeProbability'> = store,
): StagedProbabilities {
  const ensembles = new Map<string, Float32Array>()
  return {
    readMask: patchId => store.readMask(patchId),
    async readProbability(patchId, modelId) {
      const staged = modelId === ENSEMBLE ? ensembles.get(patchId) : undefined
      return staged ?? store.readProbability(patchId, modelId)
    },
    async writeProbability(patchId, modelId, probability) {
      if (modelId === ENSEMBLE) ensembles.set(patchId, probability)
      else await store.writeProbability(patchId, modelId, probability)
    },
    async commit(onPatch) {
      for (const [patchId, probability] of ensembles) {
        await project.writeProbability(patchId, ENSEMBLE, probability)
        await onPatch(patchId)
      }
    },
  }
}
