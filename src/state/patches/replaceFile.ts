import { wholeChange } from '../../core/masks/maskDiff'
import type { PatchRecord } from '../../core/review/records'
import { recordAudit } from '../review/audit'
import { appendSteps, type NewStep } from '../review/history'
import { peekMask, showMask } from '../review/masks'
import { baseOf, isFrozen } from '../review/selectors'
import { closeDialog, openDialog } from '../shell/actions'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import { swapPatches } from './removal'
import { patchById, replacementObstacle, selectedPatch } from './selectors'
import type { DroppedFile } from './slice'

/** Takes a chosen file for the patch on screen; asks first what becomes of a mask that was painted or judged. */
export async function offerReplacement(studio: Studio, file: DroppedFile): Promise<void> {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  if (!patch) return
  if (isFrozen(state, patch.id)) {
    studio.store.change({ patches: { waitingReplacement: { patchId: patch.id, file } } })
    openDialog(studio, 'replace-file')
  } else await replaceFile(studio, patch.id, file, false)
}

/** What was asked about is settled. @param keep the mask and the verdict */
export async function settleReplacement(studio: Studio, keep: boolean): Promise<void> {
  const waiting = studio.store.getState().patches.waitingReplacement
  closeDialog(studio)
  studio.store.change({ patches: { waitingReplacement: null } })
  if (waiting) await replaceFile(studio, waiting.patchId, waiting.file, keep)
}

/**
 * Gives a patch the pixels of another file, as one step that can be undone: the former patch is removed,
 * and one of its name, label and place is there instead, which nothing has predicted.
 *
 * @param keep the mask and the verdict, as they were given on the former pixels
 */
async function replaceFile(studio: Studio, patchId: string, file: DroppedFile, keep: boolean): Promise<void> {
  if (isRefused(studio, patchId)) return
  const read = await studio.jobs.run(
    'import',
    options => studio.files.call('readReplacement', { patchId, ...file }, options),
    { again: () => replaceFile(studio, patchId, file, keep), work: null },
  )
  // It took a while.
  const former = patchById(studio.store.getState(), patchId)
  if (!read || !former || isRefused(studio, patchId)) return
  const mask = keep ? ((await peekMask(studio, former))?.slice() ?? null) : null
  const { patch } = read
  if (!appendSteps(studio, stepsOf(studio, former, patch, mask))) return
  const kept = mask ? '; mask and verdict kept' : ''
  recordAudit(studio, {
    kind: 'patch-replaced',
    patchId: patch.id,
    detail: `${former.name}: ${former.path} replaced by ${patch.path}${kept}`,
  })
  studio.store.change(({ patches: { removed } }) => ({ patches: { removed: [...removed, patch] } }))
  if (mask) showMask(studio, patch.id, mask)
  await swapPatches(studio, former.id, patch.id)
  const next = patch.hasLabel ? '' : ' Run the ensemble to predict it.'
  notify(
    studio.store,
    'information',
    `${former.name} is read from ${patch.path} now${kept}.${next} Undo brings the former file back.`,
  )
}

function isRefused(studio: Studio, patchId: string): boolean {
  const state = studio.store.getState()
  const obstacle = replacementObstacle(state, patchById(state, patchId))
  if (obstacle) notify(studio.store, 'error', obstacle)
  return obstacle !== null
}

function stepsOf(
  studio: Studio,
  former: PatchRecord,
  { id: patchId }: PatchRecord,
  mask: Uint8Array | null,
): NewStep[] {
  const state = studio.store.getState()
  const group = studio.newId()
  const verdict = state.review.verdicts[former.id] ?? null
  const steps: NewStep[] = [
    {
      step: {
        kind: 'removal',
        patchId: former.id,
        verdictBefore: verdict,
        verdictAfter: null,
        group,
      },
      mask: null,
    },
    { step: { kind: 'addition', patchId, group }, mask: null },
  ]
  if (!mask) return steps
  const base = baseOf(state, former)
  steps.push({
    step: {
      kind: 'stroke',
      patchId,
      diff: wholeChange(new Uint8Array(mask.length), mask),
      // Given then, on the former pixels, by whoever gave it.
      ...(verdict && { verdictBefore: null, verdictAfter: { ...verdict, id: studio.newId(), patchId } }),
      ...(base && { base }),
      group,
    },
    mask,
  })
  return steps
}
