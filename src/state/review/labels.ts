import { maskAgreement } from '../../core/masks/compareMasks'
import { changedPixels, diffMasks } from '../../core/masks/maskDiff'
import { verdictColumns, verdictTitle } from '../../core/review/auditLog'
import type { PatchRecord } from '../../core/review/records'
import { maskHash, type Verdict } from '../../core/review/verdict'
import { selectedPatch } from '../patches/selectors'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import { recordAudit } from './audit'
import { appendStep } from './history'
import { fileLabel, loadMask, showMask } from './masks'
import { isFrozen } from './selectors'

/**
 * What accepting a painted label leaves: it is learned from and scored by from the next round on, instead of the label
 * of the file, which stays as it is.
 *
 * @param mask [height, width] of 0, 1, 255, as shown
 * @param label the same of the file
 */
export function correctedLabel(
  studio: Studio,
  patch: PatchRecord,
  mask: Uint8Array,
  label: Uint8Array,
): Promise<Verdict> {
  return verdictWithoutModels(studio, patch, mask, {
    kind: 'label-corrected',
    agreement: maskAgreement(label, mask),
  })
}

/** A verdict given now on a mask, [height, width] of 0, 1, 255, that no model made. */
export async function verdictWithoutModels(
  studio: Studio,
  patch: PatchRecord,
  mask: Uint8Array,
  { kind, agreement }: Pick<Verdict, 'kind' | 'agreement'>,
): Promise<Verdict> {
  const hash = await maskHash(mask)
  const { threshold, reviewer } = studio.store.getState().review
  return {
    id: studio.newId(),
    patchId: patch.id,
    kind,
    threshold,
    roundId: null,
    modelIds: [],
    prediction: null,
    ...(reviewer && { reviewer }),
    maskHash: hash,
    at: studio.now().toISOString(),
    ...(patch.note && { note: patch.note }),
    ...(agreement && { agreement }),
  }
}

/** Puts back the label that the selected patch came with, as a step that can be undone; its verdict goes. */
export async function restoreLabel(studio: Studio): Promise<void> {
  const patch = selectedPatch(studio.store.getState())
  if (!patch?.hasLabel) return
  const [mask, label] = await Promise.all([loadMask(studio, patch), fileLabel(studio, patch.id)])
  const state = studio.store.getState()
  if (!mask || !label || !isFrozen(state, patch.id)) return
  const diff = diffMasks(mask, label)
  const verdict = state.review.verdicts[patch.id]
  const judgement = verdict ? { verdictBefore: verdict, verdictAfter: null } : {}
  const step = { kind: 'stroke', patchId: patch.id, diff, restores: true, ...judgement } as const
  if (!appendStep(studio, step, label)) return
  const withdrawn = verdict ? `; ${verdictTitle(verdict.kind).toLowerCase()} withdrawn` : ''
  recordAudit(studio, {
    ...(verdict && verdictColumns(verdict)),
    kind: 'label-restored',
    patchId: patch.id,
    detail: `Label of the file restored, ${changedPixels(diff)} pixels${withdrawn}`,
  })
  showMask(studio, patch.id, label)
  notify(studio.store, 'information', 'The label is as its file has it.')
}
