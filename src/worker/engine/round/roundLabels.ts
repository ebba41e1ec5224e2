import type { UnfinishedRound } from '../../../core/review/records'
import { ENSEMBLE } from '../../../core/rounds/ensemble'
import type { RoundStore } from '../../../engine'
import type { ProjectStore } from '../../../storage/projectStore'

/**
 * Copies what a round learns from and is compared with: masks that were judged, corrected labels among them, and the
 * ensembles of target and held-out patches.
 */
export function freezeLabels(
  store: ProjectStore,
  { id, verdicts, sourcePatchIds, targetPatchIds, heldOutPatchIds }: UnfinishedRound,
  onPatch?: () => void,
): Promise<void> {
  const judged = new Set(verdicts.map(({ patchId }) => patchId))
  const all = new Set([...sourcePatchIds, ...heldOutPatchIds, ...targetPatchIds])
  const masks = [...all].filter(patchId => judged.has(patchId))
  return store.freezeLabels(id, { masks, probabilities: [...targetPatchIds, ...heldOutPatchIds] }, onPatch)
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
