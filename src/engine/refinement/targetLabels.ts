import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { maskFromProbability } from '../../core/masks/probability'
import { IGNORE } from '../../core/patches/patch'
import type { Verdict } from '../../core/review/verdict'
import { ENSEMBLE, pseudoLabel } from '../../core/rounds/ensemble'
import type { RoundConfig } from '../../core/rounds/roundConfig'

/** What labels of target patches are made from: the project store has these methods. */
export interface LabelStore {
  /** Reviewed mask as shown (0, 1, 255); null while there is none. */
  readMask(patchId: string): Promise<Uint8Array | null>
  /** Probability of landslide; `modelId` "ensemble" for the mean. null while there is none. */
  readProbability(patchId: string, modelId: string): Promise<Float32Array | null>
}

/** What one target patch teaches. */
export interface PatchLabel {
  /** [H, W] of 0, 1, 255. */
  label: Uint8Array
  /** [H, W] probability of landslide as a soft target, NaN where the pixel is ignored; null: the label stands. */
  soft: Float32Array | null
}

export interface TargetLabels {
  /** Patches that teach something, in the order given. */
  ids: readonly string[]
  /** Those of them whose label is the analyst's. */
  reviewedIds: readonly string[]
  /** Held-out patches whose label is the analyst's: to score by. */
  testIds: readonly string[]
  /** The same at every call; pseudo-labels are made from the store each time, which keeps them out of memory. */
  load(patchId: string): Promise<PatchLabel>
  /** Verdicts that were used, rejections too. */
  verdictIds: string[]
  notes: string[]
}

/**
 * Labels for the new event: the analyst's word where there is one, else pseudo-labels.
 *
 * accepted, corrected: the mask as it was shown, held from now on, so that a later stroke changes nothing; rejected:
 * left out; unsure: ignored pixels, which teach nothing, so left out as well; no verdict: pseudo-labels of the
 * ensemble's probability. Patches without either are left out.
 *
 * @param verdicts any order; the latest of a patch counts.
 * @param heldOut patches that teach nothing; `load` gives the labels of those that the analyst judged all the same.
 * @throws AppError `aborted`, and what the store throws.
 */
export async function targetLabels(
  patchIds: readonly string[],
  verdicts: readonly Verdict[],
  store: LabelStore,
  config: Pick<RoundConfig, 'pseudoLabel' | 'softPseudoLabels'>,
  signal?: AbortSignal,
  heldOut: ReadonlySet<string> = new Set(),
): Promise<TargetLabels> {
  const latest = latestVerdicts(verdicts)
  const ids: string[] = []
  const testIds: string[] = []
  const reviewed = new Map<string, Uint8Array>()
  const verdictIds: string[] = []
  const count = { reviewed: 0, pseudo: 0, rejected: 0, unsure: 0, empty: 0 }
  const hard = { ...config, softPseudoLabels: false }
  for (const id of patchIds) {
    throwIfAborted(signal)
    const verdict = latest.get(id)
    if (verdict) verdictIds.push(verdict.id)
    if (verdict?.kind === 'rejected') count.rejected++
    else if (verdict?.kind === 'unsure') count.unsure++
    else if (heldOut.has(id)) {
      const label = verdict && (await reviewedLabel(id, verdict, store))
      if (!label?.some(value => value !== IGNORE)) continue
      testIds.push(id)
      reviewed.set(id, label)
    } else {
      const label = verdict
        ? await reviewedLabel(id, verdict, store)
        : (await pseudoLabelOf(id, store, hard))?.label
      if (!label?.some(value => value !== IGNORE)) count.empty++
      else {
        ids.push(id)
        if (verdict) reviewed.set(id, label)
        count[verdict ? 'reviewed' : 'pseudo']++
      }
    }
  }
  const load = async (id: string): Promise<PatchLabel> => {
    const mask = reviewed.get(id)
    if (mask) return { label: mask, soft: null }
    const pseudo = await pseudoLabelOf(id, store, config)
    if (pseudo) return pseudo
    throw new AppError('storage-failed', `The probability of ${id} is gone: run the round again.`)
  }
  const reviewedIds = ids.filter(id => reviewed.has(id))
  return { ids, reviewedIds, testIds, load, verdictIds, notes: [noteOf(count, heldOut.size)] }
}

async function reviewedLabel(id: string, verdict: Verdict, store: LabelStore): Promise<Uint8Array | null> {
  const mask = await store.readMask(id)
  if (mask) return mask
  const probability = await store.readProbability(id, ENSEMBLE)
  // Accepting without touching the mask accepts what the threshold showed.
  const { threshold } = verdict
  return probability && maskFromProbability(probability, threshold, null)
}

async function pseudoLabelOf(
  id: string,
  store: LabelStore,
  { pseudoLabel: rule, softPseudoLabels }: Pick<RoundConfig, 'pseudoLabel' | 'softPseudoLabels'>,
): Promise<PatchLabel | null> {
  const probability = await store.readProbability(id, ENSEMBLE)
  if (!probability) return null
  const label = pseudoLabel(probability, rule)
  const soft = softPseudoLabels ? probability.map((p, i) => (label[i] === IGNORE ? Number.NaN : p)) : null
  return { label, soft }
}

function latestVerdicts(verdicts: readonly Verdict[]): Map<string, Verdict> {
  const latest = new Map<string, Verdict>()
  for (const verdict of verdicts) {
    const other = latest.get(verdict.patchId)
    if (!other || verdict.at >= other.at) latest.set(verdict.patchId, verdict)
  }
  return latest
}

function noteOf(
  count: Record<'reviewed' | 'pseudo' | 'rejected' | 'unsure' | 'empty', number>,
  heldOut: number,
): string {
  const parts = [
    `${count.reviewed} reviewed`,
    `${count.pseudo} pseudo-labelled`,
    `${count.rejected} rejected`,
    `${count.unsure} unsure`,
    `${count.empty} without a usable label`,
  ]
  if (heldOut > 0) parts.push(`${heldOut} held out`)
  return `Target patches: ${parts.join(', ')}.`
}
