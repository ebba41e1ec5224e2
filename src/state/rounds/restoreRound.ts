import { throwIfAborted } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import { roundOrigin } from '../../core/review/predictionOrigin'
import type { PatchRecord } from '../../core/review/records'
import { patchScores } from '../../core/review/uncertainty'
import { ENSEMBLE, ensembleMean } from '../../core/rounds/ensemble'
import { DEFAULT_MASK_THRESHOLD } from '../../core/rounds/probabilityTally'
import { type RoundRecord, roundEnsemble } from '../../core/rounds/round'
import { loadRoundMembers } from '../layers/overlays'
import { setChosenModels } from '../models/actions'
import { runEnsemble, takePrediction } from '../models/predict'
import { recordAudit } from '../review/audit'
import { peekValid } from '../review/masks'
import { followModels } from '../review/threshold'
import type { JobOptions } from '../shell/jobs'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import { refreshSelected } from '../view/actions'
import { canGoBack, modelsBefore, parentOf, restoreObstacle, roundInUse } from './selectors'
import { forgetEstimate } from './settings'

/**
 * Goes back to a round, or forward again: its networks predict, its map is shown (from what is stored of them, computing
 * nothing), and the next round continues from it. Nothing is deleted, so that any other round can be chosen after it; what
 * the analyst painted or judged stays as it is.
 */
export async function restoreRound(studio: Studio, roundId: string): Promise<void> {
  const state = studio.store.getState()
  const round = state.rounds.list.find(({ id }) => id === roundId)
  if (!round || restoreObstacle(state) !== null) return
  // A job of this kind keeps predictions and rounds from running beside it.
  const wanted = state.patches.list
    .filter(patch => !patch.hasLabel || patch.heldOut)
    .sort((a, b) => Number(b.id === state.view.selectedId) - Number(a.id === state.view.selectedId))
  const work = async ({ signal, onProgress }: JobOptions) => {
    await continueFrom(studio, round)
    let missing = 0
    for (const [index, patch] of wanted.entries()) {
      throwIfAborted(signal)
      if (!(await showMapOf(studio, round, patch))) missing++
      const label = `Restoring round ${round.index}: ${patch.name}`
      onProgress({ label, done: index + 1, total: wanted.length, rate: 0, etaSeconds: null })
    }
    studio.predictions.flush()
    followModels(studio, round.maskThreshold ?? DEFAULT_MASK_THRESHOLD)
    await refreshSelected(studio)
    const modelIds = roundEnsemble(round).map(({ modelId }) => modelId)
    recordAudit(studio, {
      kind: 'round-restored',
      roundId,
      modelIds,
      detail: `Round ${round.index} restored`,
    })
    notify(studio.store, 'information', restoredText(round, missing))
  }
  await studio.jobs.run('predict', work, {
    again: () => restoreRound(studio, roundId),
    work: 'round-restore',
    patchIds: wanted.map(({ id }) => id),
  })
}

/**
 * Leaves the round in use for what was before it: its parent, or, of a first round, the models that it started from,
 * which then predict again.
 */
export async function goBack(studio: Studio): Promise<void> {
  const state = studio.store.getState()
  const round = roundInUse(state)
  if (!round || !canGoBack(state)) return
  const parent = parentOf(state.rounds.list, round)
  if (parent) return restoreRound(studio, parent.id)
  const startFrom = modelsBefore(state, round)
  if (!startFrom) return
  const kept = round.kept?.map(({ modelId }) => modelId) ?? []
  const ensemble = [...Object.values(startFrom), ...kept]
  setChosenModels(studio, { ensemble, startFrom })
  forgetEstimate(studio)
  await studio.writes.push(() => studio.storage.updateProject({ ensemble, startFrom }))
  await runEnsemble(studio)
}

/** The choice is on disk before the first map is: a reload in between shows it, and choosing the round again finishes. */
async function continueFrom(studio: Studio, round: RoundRecord): Promise<void> {
  const {
    rounds: { list: rounds },
  } = studio.store.getState()
  const isLatest = rounds.at(-1)?.id === round.id
  const baseId = isLatest ? null : round.id
  const models = isLatest
    ? { ensemble: null, startFrom: {} }
    : {
        ensemble: roundEnsemble(round).map(({ modelId }) => modelId),
        startFrom: Object.fromEntries(roundEnsemble(round).map(({ family, modelId }) => [family, modelId])),
      }
  setChosenModels(studio, models)
  studio.store.change({ rounds: { baseId } })
  forgetEstimate(studio)
  await studio.writes.push(() => studio.storage.updateProject({ baseRoundId: baseId, ...models }))
}

/** @returns false where the round did not map this patch: it keeps the map that it has */
async function showMapOf(studio: Studio, round: RoundRecord, patch: PatchRecord): Promise<boolean> {
  const modelIds = roundEnsemble(round).map(({ modelId }) => modelId)
  if (patch.predictedBy?.join() === modelIds.join()) return true
  const members = await loadRoundMembers(studio, patch.id, round)
  if (!members) return false
  const valid = await peekValid(studio, patch)
  const mean = ensembleMean(members)
  const scores = patchScores(mean, members, valid)
  await studio.storage.writeProbability(patch.id, ENSEMBLE, mean)
  const prediction = roundOrigin(round, patch.domain)
  await studio.storage.updatePatch(patch.id, { predictedBy: modelIds, prediction, scores })
  const maskThreshold = round.maskThreshold ?? DEFAULT_MASK_THRESHOLD
  takePrediction(
    studio,
    { kind: 'predicted', patchId: patch.id, prediction, scores, maskThreshold },
    modelIds,
  )
  return true
}

/** After a round: the next continues from it, whichever came before. */
export function forgetRestored(studio: Studio): void {
  const {
    rounds: { list: rounds, baseId },
    models,
  } = studio.store.getState()
  if (baseId === null) return
  const base = rounds.find(({ id }) => id === baseId)
  const ofBase = new Set(base && roundEnsemble(base).map(({ modelId }) => modelId))
  const startFrom = Object.fromEntries(Object.entries(models.startFrom).filter(([, id]) => !ofBase.has(id)))
  setChosenModels(studio, { startFrom })
  studio.store.change({ rounds: { baseId: null } })
  void studio.writes.push(() => studio.storage.updateProject({ baseRoundId: null, startFrom }))
}

function restoredText({ index }: RoundRecord, missing: number): string {
  const text = `Round ${index} is in use: the next round continues from it.`
  if (missing === 0) return text
  const patches = plural(missing, 'patch that it did not map keeps', 'patches that it did not map keep')
  return `${text} ${patches} the map of another round; run the ensemble to update.`
}
