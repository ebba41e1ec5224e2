import { listNames } from '../../core/foundation/text'
import { maskFromProbability } from '../../core/masks/probability'
import { type MaskProvenance, maskProvenance, type OriginStep } from '../../core/review/provenance'
import type { PatchRecord } from '../../core/review/records'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { ProjectStore } from '../../storage/projectStore'

/** A patch that an export is asked for, and where its mask comes from. */
export interface AskedMask {
  record: PatchRecord
  provenance: MaskProvenance
}

/** The patches of the project among these, in its order. Nothing is read of their masks. */
export async function askedMasks(
  store: Pick<ProjectStore, 'patches' | 'history'>,
  patchIds: readonly string[],
  threshold: number,
): Promise<AskedMask[]> {
  const wanted = new Set(patchIds)
  const steps = new Map(patchIds.map(id => [id, [] as OriginStep[]]))
  for (const step of await store.history()) steps.get(step.patchId)?.push(step)
  return (await store.patches())
    .filter(({ id }) => wanted.has(id))
    .map(record => ({ record, provenance: maskProvenance(record, steps.get(record.id) ?? [], threshold) }))
}

/** Whether it was judged, painted or predicted: there is nothing else that a mask could be made of. */
export function hasMask({ record, provenance }: AskedMask): boolean {
  return provenance.state !== 'predicted' || (record.predictedBy?.length ?? 0) > 0
}

/**
 * What was painted or judged, else the ensemble at the threshold.
 *
 * @returns [height, width] of 0, 1, 255; null where there is neither a mask nor a probability
 */
export async function readAskedMask(
  store: Pick<ProjectStore, 'readMask' | 'readProbability'>,
  { record, provenance }: AskedMask,
  threshold: number,
  valid: Uint8Array | null,
): Promise<Uint8Array | null> {
  // A mask on disk that was painted and undone again is that of another threshold: the history says whose it is.
  const stored = provenance.state === 'predicted' ? null : await store.readMask(record.id)
  if (stored) return stored
  const probability = await store.readProbability(record.id, ENSEMBLE)
  return probability && maskFromProbability(probability, threshold, valid)
}

/** What was asked for and has no mask. */
export function missingNote(names: readonly string[]): string {
  return `Left out, since the ensemble was not run on them: ${listNames(names)}.`
}
