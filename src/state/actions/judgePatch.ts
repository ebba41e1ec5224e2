import type { RoundRecord } from '../../core/refinement/round'
import { maskAgreement } from '../../core/review/maskAgreement'
import { maskFromProbability } from '../../core/review/maskFromProbability'
import { maskHash } from '../../core/review/maskHash'
import type { Verdict, VerdictKind } from '../../core/review/verdict'
import type { PatchRecord } from '../../storage/projectStore'
import { maskSaver } from '../maskSaver'
import { probabilityKey } from '../pixelCache'
import { isFrozen, patchById, strokeCount } from '../selectors'
import type { Studio } from '../studio'

/** The round whose networks made what was shown; null for starters and for a mask drawn from nothing. */
function roundOf(rounds: readonly RoundRecord[], modelIds: readonly string[]): string | null {
  const made = rounds.find(round => round.networks.some(network => modelIds.includes(network.modelId)))
  return made?.id ?? null
}

/** The ensemble's probability without room in the cache: thousands asked for must not push out what is on screen. */
export async function peekProbability(studio: Studio, patchId: string): Promise<Float32Array | null> {
  const cached = studio.pixels.probabilities.get(probabilityKey(patchId, 'ensemble'))
  return cached === undefined ? studio.storage.readProbability(patchId, 'ensemble') : cached
}

/**
 * The mask as it would be shown, without room in the cache; null where there is none. Not for labelled patches.
 *
 * @param known the ensemble's probability where it was read already
 */
export async function peekMask(
  studio: Studio,
  patch: PatchRecord,
  known?: Float32Array | null,
): Promise<Uint8Array | null> {
  const cached = studio.pixels.masks.get(patch.id)
  if (cached) return cached
  const state = studio.store.getState()
  if (isFrozen(state, patch.id)) {
    const stored = maskSaver(studio).newest(patch.id) ?? (await studio.storage.readMask(patch.id))
    if (stored) return stored
  }
  const probability = known ?? (await peekProbability(studio, patch.id))
  return probability && maskFromProbability(probability, state.threshold, null)
}

export interface JudgeOptions {
  asked: Exclude<VerdictKind, 'corrected'>
  /** [height, width] of 0, 1, 255, as shown. */
  mask: Uint8Array
  /** Judged anew at this threshold, 0..1; by default as it stands. */
  threshold?: number
  /** The ensemble's, where it was read already. */
  probability?: Float32Array | null
}

/** A verdict on a mask as shown. "accepted" becomes "corrected" by itself once a pixel was changed by hand. */
export async function judgePatch(
  studio: Studio,
  patchId: string,
  { asked, mask, threshold: anew, probability: known }: JudgeOptions,
): Promise<Verdict> {
  const hash = await maskHash(mask)
  const probability = known ?? (await peekProbability(studio, patchId))
  const state = studio.store.getState()
  const patch = patchById(state, patchId)
  const modelIds = patch?.predictedBy ?? []
  const corrected = asked === 'accepted' && strokeCount(state.history, patchId) > 0
  // A mask that was judged before is still the one of that threshold.
  const threshold = anew ?? state.verdicts[patchId]?.threshold ?? state.threshold
  return {
    id: studio.newId(),
    patchId,
    kind: corrected ? 'corrected' : asked,
    threshold,
    roundId: roundOf(state.rounds, modelIds),
    modelIds,
    maskHash: hash,
    at: studio.now().toISOString(),
    ...(patch?.note && { note: patch.note }),
    ...(probability && {
      agreement: maskAgreement(maskFromProbability(probability, threshold, null), mask),
    }),
  }
}
