import { patchById } from '../selectors'
import type { Studio } from '../studio'
import { loadPixels, loadProbability } from './loadMask'

/** Reads all that the inspector tells of a pixel of this patch: bands, and the ensemble's and networks' probabilities. */
export async function loadInspected(studio: Studio, patchId: string): Promise<void> {
  const patch = patchById(studio.store.getState(), patchId)
  const models = ['ensemble', ...(patch?.predictedBy ?? [])]
  await Promise.all([
    loadPixels(studio, patchId),
    ...models.map(model => loadProbability(studio, patchId, model)),
  ])
}
