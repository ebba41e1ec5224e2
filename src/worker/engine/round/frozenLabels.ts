import type { RoundStore } from '../../../core/refinement/roundInput'
import { ENSEMBLE } from '../../../core/refinement/targetLabels'
import type { ProjectStore } from '../../../storage/projectStore'
import type { UnfinishedRound } from '../../../storage/unfinishedRound'

/** Copies what the labels of a round are made of: masks that were judged, and the target's ensemble. */
export function freezeLabels(
  store: ProjectStore,
  { id, verdicts, targetPatchIds }: UnfinishedRound,
  onPatch?: () => void,
): Promise<void> {
  const judged = new Set(verdicts.map(({ patchId }) => patchId))
  const masks = targetPatchIds.filter(patchId => judged.has(patchId))
  return store.freezeLabels(id, { masks, probabilities: targetPatchIds }, onPatch)
}

/**
 * The project as a round's labels see it: masks and ensembles as they were when the round began, whatever was painted
 * or predicted since. Everything else is the project's own.
 */
export function frozenLabels(store: ProjectStore, roundId: string): RoundStore {
  return {
    readMask: patchId => store.readFrozen(roundId, 'mask', patchId),
    async readProbability(patchId, modelId) {
      if (modelId !== ENSEMBLE) return store.readProbability(patchId, modelId)
      const bytes = await store.readFrozen(roundId, 'ensemble', patchId)
      return bytes && new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
    },
    writeProbability: (patchId, modelId, probability) =>
      store.writeProbability(patchId, modelId, probability),
  }
}
