import { wholeChange } from '../../core/review/maskDiff'
import { maskFromProbability } from '../../core/review/maskFromProbability'
import { notify } from '../notify'
import type { Studio } from '../studio'
import { appendStep } from './appendStep'
import { judgePatch, peekMask, peekProbability } from './judgePatch'
import { showMask } from './loadMask'

/**
 * Accepts the masks that the threshold in force would change anew as it shows them, in one step of the history. What was
 * corrected by hand, rejected or unsure stays.
 *
 * @param patchIds by default all that `flips` counts
 */
export async function acceptAnew(
  studio: Studio,
  patchIds = Object.keys(studio.store.getState().flips.pixels),
): Promise<void> {
  const { threshold } = studio.store.getState()
  const judged = []
  for (const id of patchIds) {
    const patch = studio.store.getState().patches.find(other => other.id === id)
    const old = patch && (await peekMask(studio, patch))
    const probability = await peekProbability(studio, id)
    if (!old || !probability) continue
    const before = old.slice()
    const mask = maskFromProbability(probability, threshold, null)
    judged.push({
      id,
      before,
      mask,
      verdict: await judgePatch(studio, id, { asked: 'accepted', mask, threshold }),
    })
  }
  const group = studio.newId()
  for (const { id, before, mask, verdict } of judged) {
    const verdictBefore = studio.store.getState().verdicts[id] ?? null
    // Judged otherwise, or painted on, while this one was being read.
    if (verdictBefore?.kind !== 'accepted' || verdict.kind !== 'accepted') continue
    void studio.writes.push(() => studio.storage.putVerdict(verdict))
    appendStep(
      studio,
      {
        kind: 'verdict',
        patchId: id,
        verdictBefore,
        verdictAfter: verdict,
        diff: wholeChange(before, mask),
        remask: true,
        group,
      },
      mask,
    )
    showMask(studio, id, mask)
  }
  const many = judged.length === 1 ? '1 patch' : `${judged.length} patches`
  notify(
    studio.store,
    'information',
    `Accepted ${many} anew at ${threshold.toFixed(2)}. One undo takes all of it back.`,
  )
}
