import type { PatchRecord } from '../../storage/projectStore'
import { notify } from '../notify'
import { queuedPatches } from '../queueSelectors'
import { isUnreviewed, patchesById } from '../selectors'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { appendSteps } from './appendStep'
import { judgePatch, peekMask, peekProbability } from './judgePatch'
import { workThrough } from './workThrough'

/** Unreviewed patches whose confidence is at least this, 0..1, the surest first; those without a score never are. */
export function confidentPatches(state: StudioState, least: number): PatchRecord[] {
  const sure = (patch: PatchRecord) => patch.scores?.confidence ?? -1
  return queuedPatches(state)
    .filter(patch => isUnreviewed(state, patch) && sure(patch) >= least)
    .sort((a, b) => sure(b) - sure(a))
}

/**
 * Accepts them all as shown, in one step of the history. Cancelled before its end it accepts none.
 *
 * @returns how many were accepted: fewer than asked for where one has no mask or was judged meanwhile.
 */
export async function bulkAccept(studio: Studio, patchIds: readonly string[]): Promise<number> {
  const patches = patchesById(studio.store.getState())
  const judged = await studio.jobs.run('review', options =>
    workThrough(
      studio,
      'Accepting in bulk',
      patchIds,
      async id => {
        const patch = patches.get(id)
        const probability = await peekProbability(studio, id)
        const mask = patch && (await peekMask(studio, patch, probability))
        if (!patch || !mask) return null
        const shown = mask.slice()
        const verdict = await judgePatch(studio, id, { asked: 'accepted', mask: shown, probability })
        return { patch, shown, verdict }
      },
      options,
    ),
  )
  if (!judged) return 0
  const group = studio.newId()
  const state = studio.store.getState()
  const still = judged.filter(({ patch }) => isUnreviewed(state, patch))
  void studio.writes.push(() => studio.storage.putVerdicts(still.map(({ verdict }) => verdict)))
  appendSteps(
    studio,
    still.map(({ patch, shown, verdict }) => ({
      step: { kind: 'verdict', patchId: patch.id, verdictBefore: null, verdictAfter: verdict, group },
      mask: shown,
    })),
  )
  const many = still.length === 1 ? '1 patch' : `${still.length} patches`
  notify(studio.store, 'information', `Accepted ${many}. One undo takes all of it back.`)
  return still.length
}
