import { wholeChange } from '../../core/review/maskDiff'
import { maskFromProbability } from '../../core/review/maskFromProbability'
import { notify } from '../notify'
import { patchesById } from '../selectors'
import type { Studio } from '../studio'
import { appendSteps } from './appendStep'
import { judgePatch, peekMask, peekProbability } from './judgePatch'
import { showMasks } from './loadMask'
import { workThrough } from './workThrough'

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
  const patches = patchesById(studio.store.getState())
  const judged = await studio.jobs.run('review', options =>
    workThrough(
      studio,
      'Accepting anew',
      patchIds,
      async id => {
        const patch = patches.get(id)
        const probability = await peekProbability(studio, id)
        const old = patch && (await peekMask(studio, patch, probability))
        if (!old || !probability) return null
        const before = old.slice()
        const mask = maskFromProbability(probability, threshold, null)
        const verdict = await judgePatch(studio, id, { asked: 'accepted', mask, threshold, probability })
        return { id, before, mask, verdict }
      },
      options,
    ),
  )
  if (!judged) return
  const group = studio.newId()
  const { verdicts } = studio.store.getState()
  // Left out: judged otherwise, or painted on, while this one was being read.
  const still = judged.filter(({ id, verdict }) => {
    return verdicts[id]?.kind === 'accepted' && verdict.kind === 'accepted'
  })
  void studio.writes.push(() => studio.storage.putVerdicts(still.map(({ verdict }) => verdict)))
  appendSteps(
    studio,
    still.map(({ id, before, mask, verdict }) => ({
      step: {
        kind: 'verdict',
        patchId: id,
        verdictBefore: verdicts[id] ?? null,
        verdictAfter: verdict,
        diff: wholeChange(before, mask),
        remask: true,
        group,
      },
      mask,
    })),
  )
  showMasks(studio, new Map(still.map(({ id, mask }) => [id, mask])))
  const many = still.length === 1 ? '1 patch' : `${still.length} patches`
  notify(
    studio.store,
    'information',
    `Accepted ${many} anew at ${threshold.toFixed(2)}. One undo takes all of it back.`,
  )
}
