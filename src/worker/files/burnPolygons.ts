import { throwIfAborted } from '../../core/foundation/appError'
import { type JobContext, yieldToEventLoop } from '../../core/foundation/job'
import { burnInventory, gridOf, readInventory } from '../../core/inventory/inventoryFile'
import { IGNORE } from '../../core/patches/patch'
import { blobInput } from '../../core/raster/inputFile'
import type { PatchRecord } from '../../core/review/records'
import { areaMask } from '../../core/scenes/polygons'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi } from '../protocol'

type Burn = FilesApi['burnPolygons']

/**
 * Masks of the patches and cells that polygons lie on, or that the files say were looked at. Outside the area of interest of
 * a scene its cells are ignored.
 *
 * @throws AppError as `readInventory`, `burnInventory`, `aborted`
 */
export async function burnPolygons(
  store: Pick<ProjectStore, 'patches' | 'scenes'>,
  { files }: Burn['request'],
  { signal, onProgress }: JobContext,
): Promise<Burn['result']> {
  onProgress?.({ label: 'Reading polygons', done: 0, total: 0 })
  const inventory = await readInventory(
    files.map(({ path, file }) => blobInput(path, file)),
    signal,
  )
  const path = inventory.paths.join(', ')
  const [patches, scenes] = await Promise.all([store.patches(), store.scenes()])
  const areas = new Map(
    scenes.flatMap(({ id, area }) => (area ? [[id, areaMask(area.polygons)] as const] : [])),
  )
  const result: Burn['result'] = { masks: [], missed: 0 }
  for (const [done, patch] of patches.entries()) {
    throwIfAborted(signal)
    onProgress?.({ label: `Burning onto ${patch.name}`, done, total: patches.length })
    const mask = await maskOf(patch)
    if (mask) result.masks.push({ path, patchId: patch.id, mask, notes: [] })
    else result.missed++
    if (done % 20 === 19) await yieldToEventLoop()
  }
  return result

  async function maskOf(patch: PatchRecord): Promise<Uint8Array<ArrayBuffer> | null> {
    const grid = gridOf(patch)
    if (!grid) return null
    const burnt = await burnInventory(inventory, grid, `"${patch.name}"`)
    if (!burnt.hasLandslide && !burnt.isMapped) return null
    const inside = patch.cell && areas.get(patch.cell.sceneId)?.(patch.cell.window)
    return burnt.mask.map((value, i) => (inside?.[i] === 0 ? IGNORE : value))
  }
}
