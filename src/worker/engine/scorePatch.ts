import { ENSEMBLE } from '../../core/refinement/targetLabels'
import { type PatchScores, patchScores } from '../../core/review/uncertainty'
import type { ProjectStore } from '../../storage/projectStore'

/** How unsure these models are of a patch, from what is stored under their ids; null where something is missing. */
export async function scorePatch(
  store: Pick<ProjectStore, 'readProbability'>,
  patchId: string,
  modelIds: readonly string[],
): Promise<PatchScores | null> {
  const ensemble = await store.readProbability(patchId, ENSEMBLE)
  const members = await Promise.all(modelIds.map(id => store.readProbability(patchId, id)))
  const known = members.filter(member => member !== null)
  return ensemble && known.length === modelIds.length && known.length > 0
    ? patchScores(ensemble, known)
    : null
}
