import { type AuditEstimate, auditEstimate } from '../../core/review/auditEstimate'
import type { MaskBase } from '../../core/review/predictionOrigin'
import { maskBase, shapingSteps } from '../../core/review/provenance'
import { type AuditPlan, auditSample } from '../../core/review/queueOrder'
import type { PatchRecord } from '../../core/review/records'
import type { VerdictKind } from '../../core/review/verdict'
import type { PatchesSlice } from '../patches/slice'
import type { StudioState } from '../studioState'
import type { HistoryEntry, ReviewSlice } from './slice'

/** A patch with a label is learned from: it is not of the map, and stands in no queue. */
export function isReviewable(patch: PatchRecord | null): patch is PatchRecord {
  return patch !== null && !patch.hasLabel
}

/** Why a label is not judged, as shown to the user. */
export const LABELS_STAY = 'Labels are not reviewed. Paint to correct one, then accept it.'

/** Whether a label was painted on and its new form awaits being accepted. */
export function isEditedLabel(state: Touched, patch: PatchRecord | null): boolean {
  return (
    patch?.hasLabel === true &&
    !state.review.verdicts[patch.id] &&
    strokeCount(state.review.history, patch.id) > 0
  )
}

export function isUnreviewed(state: StudioState, patch: PatchRecord): boolean {
  return isReviewable(patch) && !state.review.verdicts[patch.id]
}

/** Strokes on a patch that its mask shows. */
export function strokeCount(history: readonly HistoryEntry[], patchId: string): number {
  const own = history.filter(step => step.patchId === patchId)
  return shapingSteps(own).filter(step => step.kind === 'stroke').length
}

type Touched = Pick<StudioState, 'review'>

/** True where the analyst painted or judged: the threshold leaves such a mask alone. */
export function isFrozen(state: Touched, patchId: string): boolean {
  return state.review.verdicts[patchId] !== undefined || strokeCount(state.review.history, patchId) > 0
}

/** `isFrozen` for all patches at once. */
export function frozenPatchIds(state: Touched): Set<string> {
  const ids = new Set<string>()
  for (const { kind, undone, restores, patchId } of state.review.history) {
    if (kind !== 'stroke' || undone) continue
    if (restores) ids.delete(patchId)
    else ids.add(patchId)
  }
  for (const id of Object.keys(state.review.verdicts)) ids.add(id)
  return ids
}

/** What a mask that the networks make of a patch now begins from. */
export function baseNow(state: Touched, patch: PatchRecord | undefined): MaskBase {
  const { threshold } = state.review
  if (patch?.hasLabel) return { threshold, label: true, prediction: null }
  if (patch?.prediction) return { threshold, prediction: patch.prediction }
  // Older versions kept the models' names only.
  return patch?.predictedBy ? { threshold } : { threshold, prediction: null }
}

/** What the mask of a patch began from: of one that was neither painted nor judged, what it would begin from now. */
export function baseOf(state: Touched, patch: PatchRecord): MaskBase | null {
  if (!isFrozen(state, patch.id)) return baseNow(state, patch)
  return maskBase(state.review.history.filter(step => step.patchId === patch.id))
}

export function undoable(state: StudioState): HistoryEntry | null {
  return state.review.history.findLast(step => !step.undone) ?? null
}

export function redoable(state: StudioState): HistoryEntry | null {
  return state.review.history.find(step => step.undone) ?? null
}

/** Steps that undo, or redo, takes one by one: those of a group are one. */
export function countSteps(history: readonly HistoryEntry[], undone: boolean): number {
  const steps = history.filter(step => step.undone === undone)
  return new Set(steps.map(({ group, sequence }) => group ?? sequence)).size
}

export interface ReviewProgress {
  /** Patches to review, and those with a verdict. */
  total: number
  reviewed: number
  byKind: Readonly<Record<VerdictKind, number>>
  /** Share of the pixels of patches to review that lie in reviewed ones, 0..1. */
  pixelShare: number
}

interface Judged {
  patches: Pick<PatchesSlice, 'list'>
  review: Pick<ReviewSlice, 'verdicts'>
}

export function reviewProgress({ patches: { list: patches }, review: { verdicts } }: Judged): ReviewProgress {
  const byKind = { accepted: 0, corrected: 0, 'label-corrected': 0, rejected: 0, unsure: 0 }
  let total = 0
  let reviewed = 0
  let pixels = 0
  let seen = 0
  for (const patch of patches) {
    if (!isReviewable(patch)) continue
    const size = patch.width * patch.height
    total++
    pixels += size
    const verdict = verdicts[patch.id]
    if (!verdict) continue
    reviewed++
    seen += size
    byKind[verdict.kind]++
  }
  return { total, reviewed, byKind, pixelShare: pixels > 0 ? seen / pixels : 0 }
}

export interface AuditProgress {
  /** Patches in the sample, and those of them with a verdict. */
  size: number
  reviewed: number
  /** Rejected and unsure ones of the sample: they have no mask to compare with, which may flatter the estimate. */
  withoutMask: number
  estimate: AuditEstimate
}

/** What the reviewed part of the audit sample says of the networks at the thresholds judged. */
export function auditProgress(state: Judged & { patches: AuditPlan }): AuditProgress {
  const sample = auditSample(state.patches.list, state.patches)
  const given = sample.map(id => state.review.verdicts[id]).filter(verdict => verdict !== undefined)
  const masked = given.filter(({ kind }) => kind === 'accepted' || kind === 'corrected')
  const agreements = masked.map(({ agreement }) => agreement).filter(value => value !== undefined)
  return {
    size: sample.length,
    reviewed: given.length,
    withoutMask: given.length - masked.length,
    estimate: auditEstimate(agreements, state.patches.auditSeed),
  }
}
