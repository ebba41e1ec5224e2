import { againstVerdict, maskDifference } from '../../core/review/maskDifference'
import { patchById } from '../selectors'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { loadMask, loadProbability } from './loadMask'
import { loadRoundMask } from './roundMask'

/** The rounds that the round layers are of, as chosen or by default; ids that are no more fall back. */
export function overlayRounds(state: Pick<StudioState, 'rounds' | 'overlayRound' | 'overlayRoundBefore'>): {
  round: string | null
  before: string | null
} {
  const { rounds } = state
  const round = rounds.find(({ id }) => id === state.overlayRound) ?? rounds.at(-1)
  const parent = rounds.find(({ id }) => id === round?.parentRoundId) ?? rounds[rounds.indexOf(round!) - 1]
  const before = rounds.find(({ id }) => id === state.overlayRoundBefore && id !== round?.id) ?? parent
  return { round: round?.id ?? null, before: before?.id ?? null }
}

/** Names what an overlay other than the probability shows, in `PixelCache.overlays`; begins with the patch's id. */
export function overlayKey(state: StudioState, patchId: string): string {
  const { round, before } = overlayRounds(state)
  const parts: unknown[] = [patchId, state.overlay]
  switch (state.overlay) {
    case 'probability':
      parts.push(state.probabilityModel)
      break
    case 'disagreement':
    case 'entropy':
      parts.push(state.probabilityRevision[patchId] ?? 0)
      break
    case 'round-mask':
      parts.push(round, state.threshold)
      break
    case 'round-difference':
      parts.push(before, round, state.threshold)
      break
    case 'against-verdict':
      parts.push(round, state.threshold, state.verdicts[patchId]?.id, state.maskRevision[patchId])
      break
  }
  return parts.join('/')
}

/** Reads or computes what the chosen overlay shows of a patch; null where there is nothing to show yet. */
export async function loadOverlay(
  studio: Studio,
  patchId: string,
  view: StudioState = studio.store.getState(),
): Promise<Float32Array | Uint8Array | null> {
  if (view.overlay === 'probability') return loadProbability(studio, patchId, view.probabilityModel)
  const key = overlayKey(view, patchId)
  const cached = studio.pixels.overlays.get(key)
  if (cached !== undefined) return cached
  const made = await makeOverlay(studio, patchId, view)
  studio.pixels.overlays.set(key, made)
  return made
}

async function makeOverlay(
  studio: Studio,
  patchId: string,
  view: StudioState,
): Promise<Float32Array | Uint8Array | null> {
  if (view.overlay === 'disagreement' || view.overlay === 'entropy') {
    return studio.files.call('uncertainty', { patchId, kind: view.overlay })
  }
  const { round, before } = overlayRounds(view)
  const after = round && (await loadRoundMask(studio, patchId, round))
  if (!after) return null
  if (view.overlay === 'round-mask') return after
  if (view.overlay === 'round-difference') {
    const from = before && (await loadRoundMask(studio, patchId, before))
    return from ? maskDifference(from, after) : null
  }
  const patch = patchById(studio.store.getState(), patchId)
  const verdict = view.verdicts[patchId]
  if (!patch || (verdict?.kind !== 'accepted' && verdict?.kind !== 'corrected')) return null
  const judged = await loadMask(studio, patch)
  return judged ? againstVerdict(after, judged) : null
}
