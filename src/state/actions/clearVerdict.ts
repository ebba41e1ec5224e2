import { wholeChange } from '../../core/review/maskDiff'
import { maskFromProbability } from '../../core/review/maskFromProbability'
import { selectedPatch, strokeCount } from '../selectors'
import type { Studio } from '../studio'
import { appendStep } from './appendStep'
import { peekProbability } from './judgePatch'
import { loadMask, showMask } from './loadMask'

/**
 * Takes the selected patch's verdict away, as a step that can be undone; the verdict stays in the log. A mask that was
 * not painted follows the threshold again; a painted one stays.
 */
export async function clearVerdict(studio: Studio): Promise<void> {
  const patch = selectedPatch(studio.store.getState())
  if (!patch || !studio.store.getState().verdicts[patch.id]) return
  const judged = await loadMask(studio, patch)
  const probability = await peekProbability(studio, patch.id)
  const state = studio.store.getState()
  const verdictBefore = state.verdicts[patch.id]
  if (!verdictBefore) return
  const follows = judged && probability && strokeCount(state.history, patch.id) === 0
  const mask = follows ? maskFromProbability(probability, state.threshold, null) : judged
  appendStep(
    studio,
    {
      kind: 'verdict',
      patchId: patch.id,
      verdictBefore,
      verdictAfter: null,
      ...(judged && mask && { diff: wholeChange(judged, mask), remask: true }),
    },
    mask,
  )
  if (mask) showMask(studio, patch.id, mask)
}
