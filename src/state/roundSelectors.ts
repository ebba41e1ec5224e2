import type { RoundRecord } from '../core/refinement/round'
import { engineBusy } from './selectors'
import type { StudioState } from './studioState'

/** The round that the next one goes on from, and whose networks predict unless others are chosen; null: none yet. */
export function roundInUse({
  rounds,
  baseRoundId,
}: Pick<StudioState, 'rounds' | 'baseRoundId'>): RoundRecord | null {
  return rounds.find(({ id }) => id === baseRoundId) ?? rounds.at(-1) ?? null
}

export function parentOf(rounds: readonly RoundRecord[], round: RoundRecord | null): RoundRecord | null {
  return rounds.find(({ id }) => id === round?.parentRoundId) ?? null
}

/** Why no other round can be taken up now, in words for a person; null: one can. */
export function restoreObstacle(state: StudioState): string | null {
  if (engineBusy(state)) return 'The engine is busy: wait for it, or stop it first.'
  if (state.unfinished) return 'Resume the unfinished round, or discard it, before another one is taken up.'
  return null
}
