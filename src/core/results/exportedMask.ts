import { listNames } from '../foundation/text'
import { maskFromProbability } from '../masks/probability'
import type { ProjectReader } from '../project/projectReader'
import { type MaskProvenance, maskProvenance, type OriginStep } from '../review/provenance'
import type { PatchRecord } from '../review/records'
import { ENSEMBLE } from '../rounds/ensemble'

/** A patch that an export is asked for, and where its mask comes from. */
export interface AskedMask {
  record: PatchRecord
  provenance: MaskProvenance
}

/** The patches of the project among these, in its order. Nothing is read of their masks. */
export async function askedMasks(
  store: Pick<ProjectReader, 'patches' | 'history'>,
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
 * Every mask of a project: what was predicted, painted or judged. A label that is as its file has it is none.
 *
 * @param threshold of masks that were neither painted nor judged
 */
export async function projectMasks(
  store: Pick<ProjectReader, 'patches' | 'history'>,
  threshold: number,
): Promise<AskedMask[]> {
  const ids = (await store.patches()).map(({ id }) => id)
  const asked = await askedMasks(store, ids, threshold)
  return asked.filter(one => hasMask(one) && !(one.record.hasLabel && one.provenance.state === 'predicted'))
}

/**
 * What was painted or judged, else the ensemble at the threshold.
 *
 * @returns [height, width] of 0, 1, 255; null where there is neither a mask nor a probability
 */
export async function readAskedMask(
  store: Pick<ProjectReader, 'readMask' | 'readProbability'>,
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
