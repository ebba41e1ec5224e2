import { maskFromProbability } from '../../core/review/maskFromProbability'
import type { PatchRecord, ProjectStore } from '../../storage/projectStore'

export interface ExportedMask {
  record: PatchRecord
  /** [height, width] of 0, 1, 255: the reviewed mask where there is one, else the ensemble at the threshold. */
  mask: Uint8Array
  /** [height, width] 0..1, null where the ensemble was not run. */
  probability: Float32Array | null
  valid: Uint8Array | null
  origin: 'reviewed' | 'threshold'
}

/** What an export holds for a patch; null where it has neither a mask nor a probability. */
export async function exportedMask(
  store: ProjectStore,
  record: PatchRecord,
  threshold: number,
): Promise<ExportedMask | null> {
  const reviewed = await store.readMask(record.id)
  const probability = await store.readProbability(record.id, 'ensemble')
  if (!reviewed && !probability) return null
  const { valid } = await store.readPixels(record.id)
  const mask = reviewed ?? maskFromProbability(probability!, threshold, valid)
  return { record, mask, probability, valid, origin: reviewed ? 'reviewed' : 'threshold' }
}
