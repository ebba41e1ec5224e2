import type { UnfinishedRound } from '../../../core/review/records'
import { ENSEMBLE, ensembleMean } from '../../../core/rounds/ensemble'
import { type RoundStore, storedProbability } from '../../../engine'
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
 * model ids that nothing names until the round is on record. The ensemble is their mean, made again whenever it is
 * asked for: however many patches there are, none is held.
 */
export interface StagedProbabilities extends RoundStore {
  /** Writes the ensembles to the project. @param onPatch called after each. */
  commit(onPatch: (patchId: string) => Promise<void>): Promise<void>
}

/**
 * @param store what the round reads.
 * @param modelIds of the round's networks, in the order of its record.
 * @param project where its ensembles go in the end.
 */
export function stageProbabilities(
  store: RoundStore,
  modelIds: readonly string[],
  project: Pick<RoundStore, 'writeProbability'> = store,
): StagedProbabilities {
  const staged = new Set<string>()
  const meanOf = async (patchId: string) => {
    const members: Float32Array[] = []
    for (const modelId of modelIds) members.push(await storedProbability(store, patchId, modelId))
    return ensembleMean(members)
  }
  return {
    readMask: patchId => store.readMask(patchId),
    readProbability: (patchId, modelId) =>
      modelId === ENSEMBLE && staged.has(patchId) ? meanOf(patchId) : store.readProbability(patchId, modelId),
    async writeProbability(patchId, modelId, probability) {
      if (modelId === ENSEMBLE) staged.add(patchId)
      else await store.writeProbability(patchId, modelId, probability)
    },
    async commit(onPatch) {
      for (const patchId of staged) {
        await project.writeProbability(patchId, ENSEMBLE, await meanOf(patchId))
        await onPatch(patchId)
      }
    },
  }
}
