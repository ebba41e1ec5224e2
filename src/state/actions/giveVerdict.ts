import type { RoundRecord } from '../../core/refinement/round'
import { maskHash } from '../../core/review/maskHash'
import type { Verdict, VerdictKind } from '../../core/review/verdict'
import { notify } from '../notify'
import { isReviewable, nextUnreviewed, patchById, selectedPatch, strokeCount } from '../selectors'
import type { Studio } from '../studio'
import { appendStep } from './appendStep'
import { loadMask } from './loadMask'
import { selectPatch } from './selectPatch'

/**
 * Judges the selected patch exactly as shown: mask, its hash, threshold, round and models are frozen with it.
 * "accepted" becomes "corrected" by itself once a pixel was changed by hand. Then goes to the next patch.
 */
export async function giveVerdict(studio: Studio, asked: Exclude<VerdictKind, 'corrected'>): Promise<void> {
  const patch = selectedPatch(studio.store.getState())
  if (!isReviewable(patch)) return
  const mask = await loadMask(studio, patch)
  if (!mask) {
    notify(studio.store, 'information', 'There is no mask to judge yet: run the ensemble, or paint one.')
    return
  }
  const shown = mask.slice()
  const hash = await maskHash(shown)
  const state = studio.store.getState()
  const modelIds = patchById(state, patch.id)?.predictedBy ?? []
  const corrected = asked === 'accepted' && strokeCount(state.history, patch.id) > 0
  const verdict: Verdict = {
    id: studio.newId(),
    patchId: patch.id,
    kind: corrected ? 'corrected' : asked,
    threshold: state.threshold,
    roundId: roundOf(state.rounds, modelIds),
    modelIds,
    maskHash: hash,
    at: studio.now().toISOString(),
  }
  const next = nextUnreviewed(state)
  void studio.writes.push(() => studio.storage.putVerdict(verdict))
  const verdictBefore = state.verdicts[patch.id] ?? null
  appendStep(studio, { kind: 'verdict', patchId: patch.id, verdictBefore, verdictAfter: verdict }, shown)
  await advance(studio, next?.id ?? null)
}

/** The round whose networks made what was shown; null for starters and for a mask drawn from nothing. */
function roundOf(rounds: readonly RoundRecord[], modelIds: readonly string[]): string | null {
  const made = rounds.find(round => round.networks.some(network => modelIds.includes(network.modelId)))
  return made?.id ?? null
}

/** Goes on without a verdict. */
export async function skipPatch(studio: Studio): Promise<void> {
  const state = studio.store.getState()
  await advance(studio, nextUnreviewed(state)?.id ?? null)
}

async function advance(studio: Studio, id: string | null): Promise<void> {
  const state = studio.store.getState()
  if (id !== null && id !== state.selectedId) {
    await selectPatch(studio, id)
    return
  }
  if (!state.patches.some(patch => isReviewable(patch) && !state.verdicts[patch.id])) {
    notify(
      studio.store,
      'information',
      'Every target patch has a verdict. Start a round, or export the masks.',
    )
  }
}
