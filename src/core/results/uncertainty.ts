import type { ProjectReader } from '../project/projectReader'
import { disagreementMap, entropyMap } from '../review/uncertainty'
import { ENSEMBLE } from '../rounds/ensemble'

/**
 * Disagreement of the networks that predicted a patch last, or entropy of their mean; read from what is stored.
 *
 * @returns [height, width] 0..1, NaN without data; null where the patch was not predicted, or one of its networks'
 * probabilities is gone.
 */
export async function uncertaintyOf(
  store: Pick<ProjectReader, 'patch' | 'readProbability'>,
  patchId: string,
  kind: 'disagreement' | 'entropy',
): Promise<Float32Array | null> {
  if (kind === 'entropy') {
    const ensemble = await store.readProbability(patchId, ENSEMBLE)
    return ensemble && entropyMap(ensemble)
  }
  const { predictedBy = [] } = await store.patch(patchId)
  if (predictedBy.length === 0) return null
  const members = await Promise.all(predictedBy.map(modelId => store.readProbability(patchId, modelId)))
  const found = members.filter(member => member !== null)
  return found.length === members.length ? disagreementMap(found) : null
}
