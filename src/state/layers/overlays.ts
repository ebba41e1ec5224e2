import { maskDifference } from '../../core/masks/compareMasks'
import { maskFromProbability } from '../../core/masks/probability'
import { ensembleMean } from '../../core/rounds/ensemble'
import { type RoundRecord, roundEnsemble } from '../../core/rounds/round'
import { patchById } from '../patches/selectors'
import { probabilityKey } from '../pixelCache'
import { loadMask, loadPixels, loadProbability } from '../review/masks'
import type { RoundsSlice } from '../rounds/slice'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import type { LayersSlice } from './slice'

/** The rounds that the round layers are of, as chosen or by default; ids that are no more fall back. */
export function overlayRounds(state: {
  rounds: Pick<RoundsSlice, 'list'>
  layers: Pick<LayersSlice, 'overlayRound' | 'overlayRoundBefore'>
}): {
  round: string | null
  before: string | null
} {
  const {
    rounds: { list: rounds },
  } = state
  const round = rounds.find(({ id }) => id === state.layers.overlayRound) ?? rounds.at(-1)
  const parent = rounds.find(({ id }) => id === round?.parentRoundId) ?? rounds[rounds.indexOf(round!) - 1]
  const before = rounds.find(({ id }) => id === state.layers.overlayRoundBefore && id !== round?.id) ?? parent
  return { round: round?.id ?? null, before: before?.id ?? null }
}

/** Names what an overlay other than the probability shows, in `PixelCache.overlays`; begins with the patch's id. */
export function overlayKey(state: StudioState, patchId: string): string {
  const { round, before } = overlayRounds(state)
  const parts: unknown[] = [patchId, state.layers.overlay]
  switch (state.layers.overlay) {
    case 'probability':
      parts.push(state.layers.probabilityModel)
      break
    case 'disagreement':
    case 'entropy':
      parts.push(state.review.probabilityRevision[patchId] ?? 0)
      break
    case 'round-mask':
      parts.push(round, state.review.threshold)
      break
    case 'round-difference':
      parts.push(before, round, state.review.threshold)
      break
    case 'against-verdict':
      parts.push(
        round,
        state.review.threshold,
        state.review.verdicts[patchId]?.id,
        state.review.maskRevision[patchId],
      )
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
  if (view.layers.overlay === 'probability')
    return loadProbability(studio, patchId, view.layers.probabilityModel)
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
  if (view.layers.overlay === 'disagreement' || view.layers.overlay === 'entropy') {
    return studio.files.call('uncertainty', { patchId, kind: view.layers.overlay })
  }
  const { round, before } = overlayRounds(view)
  const after = round && (await loadRoundMask(studio, patchId, round))
  if (!after) return null
  if (view.layers.overlay === 'round-mask') return after
  if (view.layers.overlay === 'round-difference') {
    const from = before && (await loadRoundMask(studio, patchId, before))
    return from ? maskDifference(from, after) : null
  }
  const patch = patchById(studio.store.getState(), patchId)
  const verdict = view.review.verdicts[patchId]
  if (!patch || (verdict?.kind !== 'accepted' && verdict?.kind !== 'corrected')) return null
  const judged = await loadMask(studio, patch)
  return judged ? maskDifference(after, judged) : null
}

/**
 * A round's map of a patch: the mean of what its networks gave, at the threshold as it is set now.
 *
 * Nothing is computed by a network: the probabilities are those stored under the round's models. What is read is not
 * kept, so that a walk over all patches does not push what is on screen out of memory.
 *
 * @returns [height, width] of 0, 1, 255 (no data); null where the round did not map this patch or is not known.
 */
export async function loadRoundMask(
  studio: Studio,
  patchId: string,
  roundId: string,
): Promise<Uint8Array | null> {
  const round = studio.store.getState().rounds.list.find(({ id }) => id === roundId)
  if (!round) return null
  const members = await loadRoundMembers(studio, patchId, round)
  if (!members) return null
  const { valid } = await loadPixels(studio, patchId)
  return maskFromProbability(ensembleMean(members), studio.store.getState().review.threshold, valid)
}

/** Probabilities of a patch by the networks of a round, in the record's order; null where one of them is missing. */
export async function loadRoundMembers(
  studio: Studio,
  patchId: string,
  round: Pick<RoundRecord, 'networks' | 'kept'>,
): Promise<Float32Array[] | null> {
  const networks = roundEnsemble(round)
  if (networks.length === 0) return null
  const members = await Promise.all(
    networks.map(
      ({ modelId }) =>
        studio.pixels.probabilities.get(probabilityKey(patchId, modelId)) ??
        studio.storage.readProbability(patchId, modelId),
    ),
  )
  const found = members.filter(member => member !== null)
  return found.length === members.length ? found : null
}
