import type { PatchRecord } from '../../core/review/records'
import { orderQueue } from '../patches/actions'
import { auditIds, queuedPatches } from '../patches/selectors'
import { closeDialog } from '../shell/actions'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { selectPatch } from '../view/actions'
import { peekMask, showMasks } from './masks'
import { isUnreviewed } from './selectors'
import { confidentPatches } from './verdicts'

/** What may be accepted in bulk, the surest first. Masks without landslide are apart: nothing in them catches the eye. */
export interface BulkCandidates {
  landslide: PatchRecord[]
  none: PatchRecord[]
  /** Predicted, and their masks are not read yet. */
  unread: PatchRecord[]
}

/** @param least confidence, 0..1 */
export function bulkCandidates(state: StudioState, least: number): BulkCandidates {
  const candidates: BulkCandidates = { landslide: [], none: [], unread: [] }
  for (const patch of confidentPatches(state, least)) {
    const share = state.review.shares[patch.id]
    if (share === undefined) candidates.unread.push(patch)
    else if (share === null || share === 0) candidates.none.push(patch)
    else candidates.landslide.push(patch)
  }
  return candidates
}

/** The confidence that a quarter of the unreviewed patches with a score have, down to two decimals. */
export function surestQuarter(state: StudioState): number {
  const sure = confidentPatches(state, 0).map(patch => patch.scores?.confidence ?? 0)
  return Math.floor(100 * (sure[Math.ceil(sure.length / 4) - 1] ?? 0.9)) / 100
}

/** Masks that are shown at once: each time the lists are sorted again. */
const AT_ONCE = 64

/** Reads the masks of patches whose share of landslide is not known, until the signal. */
export async function readShares(
  studio: Studio,
  patches: readonly PatchRecord[],
  signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < patches.length && !signal.aborted; from += AT_ONCE) {
    const masks = new Map<string, Uint8Array>()
    const { threshold } = studio.store.getState().review
    for (const patch of patches.slice(from, from + AT_ONCE)) {
      if (signal.aborted) return
      const mask = await peekMask(studio, patch)
      if (mask) masks.set(patch.id, mask)
    }
    // A mask of another threshold is not the one that is shown.
    if (studio.store.getState().review.threshold !== threshold) return
    showMasks(studio, masks)
  }
}

/** Puts the random audit sample first and goes to what of it awaits a verdict. */
export async function beginAudit(studio: Studio): Promise<void> {
  closeDialog(studio, 'bulk-accept')
  orderQueue(studio, 'random')
  const state = studio.store.getState()
  const sample = auditIds(state)
  const first = queuedPatches(state).find(patch => sample.has(patch.id) && isUnreviewed(state, patch))
  if (first) await selectPatch(studio, first.id)
}
