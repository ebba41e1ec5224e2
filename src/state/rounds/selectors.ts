import type { BandStatistics } from '../../core/patches/statistics'
import { domainStatistics, type PatchRecord } from '../../core/review/records'
import { makesLabel } from '../../core/review/verdict'
import type { NetworkFamily } from '../../core/rounds/networks'
import type { RoundRecord } from '../../core/rounds/round'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { canPredict, engineBusy, predictingModels } from '../models/selectors'
import type { StudioState } from '../studioState'

/** The round that the next one continues from, and whose networks predict unless others are chosen; null: none yet. */
export function roundInUse({
  rounds: { list: rounds, baseId: baseRoundId },
}: Pick<StudioState, 'rounds'>): RoundRecord | null {
  return rounds.find(({ id }) => id === baseRoundId) ?? rounds.at(-1) ?? null
}

export function parentOf(rounds: readonly RoundRecord[], round: RoundRecord | null): RoundRecord | null {
  return rounds.find(({ id }) => id === round?.parentRoundId) ?? null
}

/**
 * The models that a first round started from, where they are all still there: the way back from it, since it has no
 * parent. null: it has one, or began from fresh weights.
 */
export function modelsBefore(
  { models }: Pick<StudioState, 'models'>,
  round: RoundRecord,
): Partial<Record<NetworkFamily, string>> | null {
  if (round.parentRoundId !== null) return null
  const known = round.networks.every(({ parentModelId }) =>
    models.list.some(({ id }) => id === parentModelId),
  )
  return known ? Object.fromEntries(round.networks.map(each => [each.family, each.parentModelId])) : null
}

/** Whether the round in use, whose networks predict, can be left for what was before it. */
export function canGoBack(state: StudioState): boolean {
  const round = roundInUse(state)
  if (!round || restoreObstacle(state) !== null) return false
  if (parentOf(state.rounds.list, round)) return true
  return predictsByRound(state, round) && canPredict(state) && modelsBefore(state, round) !== null
}

/** Whether the networks of a round are among those that predict. */
export function predictsByRound(state: StudioState, { networks }: RoundRecord): boolean {
  return predictingModels(state).some(({ id }) => networks.some(({ modelId }) => modelId === id))
}

/** Why no other round can be restored now, in words for a person; null: one can. */
export function restoreObstacle(state: StudioState): string | null {
  if (engineBusy(state)) return 'The engine is busy: wait, or cancel the job.'
  if (state.rounds.unfinished) return 'Resume or discard the unfinished round first.'
  return null
}

/** Band statistics of both sets of the project, as the next round would normalise them; null without pixels. */
export function projectStatistics(
  patches: readonly PatchRecord[],
  scenes: readonly SceneRecord[],
): {
  source: BandStatistics | null
  target: BandStatistics | null
} {
  return {
    source: domainStatistics(patches, 'source', scenes),
    target: domainStatistics(patches, 'target', scenes),
  }
}

/** Why the unfinished round cannot resume now, in words for a person; null: it can. A lost engine is restarted. */
export function resumeObstacle(state: StudioState): string | null {
  if (!state.rounds.unfinished) return 'There is no unfinished round.'
  if (state.models.engine.status === 'starting') return 'The engine is still starting.'
  if (state.models.engine.status === 'ready' && !state.models.engine.info.canTrain) {
    return `Training needs WebGPU; this browser gave ${state.models.engine.info.backend}. Use a current Chrome or Edge.`
  }
  return engineBusy(state) ? 'The engine is busy.' : null
}

/** Whether a patch has what networks learn from and are scored by: a label, or an accepted mask. */
export function hasTruth(state: Pick<StudioState, 'review'>, patch: PatchRecord): boolean {
  const verdict = state.review.verdicts[patch.id]
  return patch.hasLabel || (verdict !== undefined && makesLabel(verdict))
}

export interface TrainingSets {
  /** What the next round learns from, besides pseudo-labels. */
  labels: number
  accepted: number
  /** Patches with a label or an accepted mask that it is scored on instead. */
  tests: number
  /** Those of them that earlier rounds learned from, whose scores they flatter. */
  learned: number
}

/** What the next round would learn from, and be scored on. */
export function trainingSets(state: StudioState): TrainingSets {
  const known = state.patches.list.filter(patch => hasTruth(state, patch))
  const train = known.filter(patch => !patch.heldOut)
  const heldOut = known.filter(patch => patch.heldOut)
  // As a round does: patches of the event itself before those from elsewhere.
  const own = heldOut.filter(patch => patch.domain === 'target')
  const tests = own.length > 0 ? own : heldOut
  const learned = new Set(
    state.rounds.list.flatMap(round => [...round.sourcePatchIds, ...round.targetPatchIds]),
  )
  return {
    labels: train.filter(patch => patch.hasLabel).length,
    accepted: train.filter(patch => !patch.hasLabel).length,
    tests: tests.length,
    learned: tests.filter(({ id }) => learned.has(id)).length,
  }
}

/** Why "Start round" is off, in words for a person; null: it may start. */
export function roundObstacle(state: StudioState): string | null {
  if (state.models.engine.status === 'starting') return 'The engine is still starting.'
  if (state.models.engine.status === 'failed') return 'The engine did not start: see its badge at the top.'
  if (!state.models.engine.info.canTrain) {
    return `Training needs WebGPU; this browser gave ${state.models.engine.info.backend}. Use a current Chrome or Edge.`
  }
  if (engineBusy(state)) return 'The engine is busy.'
  if (state.rounds.unfinished) return 'Resume or discard the unfinished round first.'
  if (!state.patches.list.some(patch => !patch.heldOut && hasTruth(state, patch))) {
    return 'Nothing to learn from: accept masks, or add images with their masks.'
  }
  if (state.rounds.settings.families.length === 0) return 'Choose at least one network.'
  return null
}
