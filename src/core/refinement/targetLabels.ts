import { IGNORE } from '../patches/patch'
import type { Verdict } from '../review/verdict'
import { type PseudoLabelRule, pseudoLabel } from './pseudoLabel'

/** What labels of target patches are made from: the project store has these methods. */
export interface LabelStore {
  /** Reviewed mask as shown (0, 1, 255); null while there is none. */
  readMask(patchId: string): Promise<Uint8Array | null>
  /** Probability of landslide; `modelId` "ensemble" for the mean. null while there is none. */
  readProbability(patchId: string, modelId: string): Promise<Float32Array | null>
}

export interface TargetLabels {
  /** Patches that teach something, in the order given; [H, W] of 0, 1, 255. */
  labels: Map<string, Uint8Array>
  /** Verdicts that were heeded, rejections too. */
  verdictIds: string[]
  notes: string[]
}

/** Model id of the mean of a round's networks, where probabilities are stored. */
export const ENSEMBLE = 'ensemble'

/**
 * Labels for the new event: the analyst's word where there is one, else pseudo-labels.
 *
 * accepted, corrected: the mask as it was shown; rejected: left out; unsure: ignored pixels, which teach nothing,
 * hence left out as well; no verdict: pseudo-labels of the ensemble's probability. Patches without either are left out.
 *
 * @param verdicts any order; the latest of a patch counts.
 */
export async function targetLabels(
  patchIds: readonly string[],
  verdicts: readonly Verdict[],
  store: LabelStore,
  rule: PseudoLabelRule,
): Promise<TargetLabels> {
  const latest = latestVerdicts(verdicts)
  const labels = new Map<string, Uint8Array>()
  const verdictIds: string[] = []
  const count = { reviewed: 0, pseudo: 0, rejected: 0, unsure: 0, empty: 0 }
  for (const id of patchIds) {
    const verdict = latest.get(id)
    if (verdict) verdictIds.push(verdict.id)
    if (verdict?.kind === 'rejected') count.rejected++
    else if (verdict?.kind === 'unsure') count.unsure++
    else {
      const label = await labelOf(id, verdict, store, rule)
      if (!label?.some(value => value !== IGNORE)) count.empty++
      else {
        labels.set(id, label)
        if (verdict) count.reviewed++
        else count.pseudo++
      }
    }
  }
  return { labels, verdictIds, notes: notesOf(count) }
}

async function labelOf(
  id: string,
  verdict: Verdict | undefined,
  store: LabelStore,
  rule: PseudoLabelRule,
): Promise<Uint8Array | null> {
  if (verdict) {
    const mask = await store.readMask(id)
    if (mask) return mask
  }
  const probability = await store.readProbability(id, ENSEMBLE)
  if (!probability) return null
  // Accepting without touching the mask accepts what the threshold showed.
  const shown = verdict && { high: verdict.threshold, low: verdict.threshold, binary: true }
  return pseudoLabel(probability, shown ?? rule)
}

function latestVerdicts(verdicts: readonly Verdict[]): Map<string, Verdict> {
  const latest = new Map<string, Verdict>()
  for (const verdict of verdicts) {
    const other = latest.get(verdict.patchId)
    if (!other || verdict.at >= other.at) latest.set(verdict.patchId, verdict)
  }
  return latest
}

function notesOf(count: Record<'reviewed' | 'pseudo' | 'rejected' | 'unsure' | 'empty', number>): string[] {
  const parts = [
    `${count.reviewed} reviewed`,
    `${count.pseudo} pseudo-labelled`,
    `${count.rejected} rejected`,
    `${count.unsure} unsure`,
    `${count.empty} without a usable label`,
  ]
  return [`Target patches: ${parts.join(', ')}.`]
}
