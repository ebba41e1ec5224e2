import { measureStorage } from '../actions/openProject'
import { readRecords } from '../actions/readRecords'
import { refreshSelected, selectPatch } from '../actions/selectPatch'
import { forgetDerivedMasks } from '../actions/setThreshold'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'

/**
 * Reads the project again as another tab left it: records whole, rasters of the patches that changed when next looked
 * at. The view (selection, layers, tool) stays as it is in this tab.
 *
 * @param patchIds whose rasters changed besides those that the records tell of; 'all': forget every one.
 */
export async function reloadProject(studio: Studio, patchIds: readonly string[] | 'all'): Promise<void> {
  const { store, pixels } = studio
  const records = await readRecords(studio)
  const before = store.getState()
  const changed =
    patchIds === 'all'
      ? new Set([...before.patches, ...records.patches].map(({ id }) => id))
      : new Set([...patchIds, ...changedPatches(before, records)])
  for (const id of changed) {
    pixels.masks.delete(id)
    pixels.probabilities.deleteUnder(`${id}/`)
    if (!records.patches.some(patch => patch.id === id)) pixels.forgetPatch(id)
  }
  store.setState(state => {
    const shares = { ...state.shares }
    const probabilityRevision = { ...state.probabilityRevision }
    for (const id of changed) {
      delete shares[id]
      probabilityRevision[id] = (probabilityRevision[id] ?? 0) + 1
    }
    return { ...records, shares, probabilityRevision }
  })
  if (records.threshold !== before.threshold) forgetDerivedMasks(studio)
  const { selectedId, patches } = store.getState()
  const shown = patches.find(({ id }) => id === selectedId)
  if (shown) await refreshSelected(studio)
  else await selectPatch(studio, patches[0]?.id ?? null)
  await measureStorage(studio)
}

type Known = Pick<StudioState, 'patches' | 'history' | 'verdicts'>

/** Patches whose steps, verdict or networks differ. */
function changedPatches(before: Known, after: Known): Set<string> {
  const changed = new Set<string>()
  const key = (steps: Known['history']) => {
    const byPatch = new Map<string, string>()
    for (const { patchId, sequence, undone, kind } of steps) {
      byPatch.set(patchId, `${byPatch.get(patchId) ?? ''}${kind}${sequence}${undone ? 'u' : ''} `)
    }
    return byPatch
  }
  const [then, now] = [key(before.history), key(after.history)]
  for (const id of new Set([...then.keys(), ...now.keys()])) if (then.get(id) !== now.get(id)) changed.add(id)
  const known = new Map(before.patches.map(patch => [patch.id, patch.predictedBy?.join(' ')]))
  for (const { id, predictedBy } of after.patches) {
    if (!known.has(id) || known.get(id) !== predictedBy?.join(' ')) changed.add(id)
  }
  for (const { id } of before.patches) if (!after.patches.some(patch => patch.id === id)) changed.add(id)
  return changed
}
