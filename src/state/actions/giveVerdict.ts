import type { VerdictKind } from '../../core/review/verdict'
import { notify } from '../notify'
import { nextToReview } from '../queueSelectors'
import { isReviewable, selectedPatch } from '../selectors'
import type { Studio } from '../studio'
import { appendStep } from './appendStep'
import { judgePatch } from './judgePatch'
import { loadMask } from './loadMask'
import { selectPatch } from './selectPatch'

/**
 * Judges the selected patch exactly as shown: mask, its hash, threshold, round and models are frozen with it. Then goes
 * to the next patch of the queue, unless that is switched off.
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
  const verdict = await judgePatch(studio, patch.id, { asked, mask: shown })
  const state = studio.store.getState()
  const next = nextToReview(state)
  void studio.writes.push(() => studio.storage.putVerdicts([verdict]))
  const verdictBefore = state.verdicts[patch.id] ?? null
  appendStep(studio, { kind: 'verdict', patchId: patch.id, verdictBefore, verdictAfter: verdict }, shown)
  studio.store.setState({ noteOpen: false })
  if (state.autoAdvance) await advance(studio, next?.id ?? null)
}

/** Goes on without a verdict. */
export async function skipPatch(studio: Studio): Promise<void> {
  studio.store.setState({ noteOpen: false })
  await advance(studio, nextToReview(studio.store.getState())?.id ?? null)
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
