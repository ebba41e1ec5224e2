import type { PatchRecord } from '../../storage/projectStore'
import { notify } from '../notify'
import { queuedPatches } from '../queueSelectors'
import { isUnreviewed } from '../selectors'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { appendStep } from './appendStep'
import { judgePatch, peekMask } from './judgePatch'

/** Unreviewed patches whose confidence is at least this, 0..1, the surest first; those without a score never are. */
export function confidentPatches(state: StudioState, least: number): PatchRecord[] {
  const sure = (patch: PatchRecord) => patch.scores?.confidence ?? -1
  return queuedPatches(state)
    .filter(patch => isUnreviewed(state, patch) && sure(patch) >= least)
    .sort((a, b) => sure(b) - sure(a))
}

/**
 * Accepts them all as shown, in one step of the history.
 *
 * @returns how many were accepted: fewer than asked for where one has no mask or was judged meanwhile.
 */
export async function bulkAccept(studio: Studio, patchIds: readonly string[]): Promise<number> {
  const judged = []
  for (const id of patchIds) {
    const patch = studio.store.getState().patches.find(other => other.id === id)
    const mask = patch && (await peekMask(studio, patch))
    if (!patch || !mask) continue
    const shown = mask.slice()
    judged.push({ patch, shown, verdict: await judgePatch(studio, id, { asked: 'accepted', mask: shown }) })
  }
  const group = studio.newId()
  const state = studio.store.getState()
  const still = judged.filter(({ patch }) => isUnreviewed(state, patch))
  for (const { patch, shown, verdict } of still) {
    void studio.writes.push(() => studio.storage.putVerdict(verdict))
    appendStep(
      studio,
      { kind: 'verdict', patchId: patch.id, verdictBefore: null, verdictAfter: verdict, group },
      shown,
    )
  }
  const many = still.length === 1 ? '1 patch' : `${still.length} patches`
  notify(studio.store, 'information', `Accepted ${many}. One undo takes all of it back.`)
  return still.length
}
