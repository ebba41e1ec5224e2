import type { JobContext } from '../../core/foundation/job'
import { EXACT } from '../../core/inventory/inventory'
import { inventoryOf } from '../../core/inventory/inventoryOf'
import {
  type InventoryTable,
  joinTables,
  rasterIdOf,
  type TableRow,
  tableOf,
  tableRow,
  withSharing,
} from '../../core/inventory/inventoryTable'
import { sharedGroundNotes } from '../../core/inventory/oneGround'
import { type ProjectRaster, planRasters } from '../../core/results/inventoryRasters'
import type { FilesApi } from '../protocol'

type Read = FilesApi['inventoryTable']

/**
 * Landslides of a project's masks as a table, raster by raster.
 *
 * @throws AppError `aborted`
 */
export async function inventoryTable(
  store: Parameters<typeof planRasters>[0],
  { patchIds, only, threshold }: Read['request'],
  { signal, onProgress }: JobContext,
): Promise<Read['result']> {
  const planned = await planRasters(store, patchIds, threshold, signal)
  const idByName = new Map(planned.rasters.map(raster => [raster.name, idOf(raster)]))
  const sharing = planned.shared.pairs.map(([a, b]): [string, string] => [idByName.get(a)!, idByName.get(b)!])
  const wanted = withSharing(only, sharing)
  const rasters = planned.rasters.filter(raster => wanted.has(idOf(raster)))
  const total = rasters.reduce((sum, { height }) => sum + height, 0)
  const tables: InventoryTable[] = []
  let before = 0
  for (const raster of rasters) {
    const label = `Reading landslides of ${raster.name}`
    onProgress?.({ label, done: before, total })
    const rows: TableRow[] = []
    const context = {
      signal,
      onProgress: ({ done }: { done: number }) => onProgress?.({ label, done: before + done, total }),
    }
    for await (const landslide of inventoryOf(raster, EXACT, context)) rows.push(tableRow(landslide))
    const patches = raster.patches.map(({ record: { id }, window }) => ({ id, window }))
    tables.push(tableOf({ id: idOf(raster), name: raster.name, patches }, rows))
    before += raster.height
  }
  const remarks = sharedGroundNotes(planned.shared)
  return { table: joinTables(tables), read: [...wanted], sharing, remarks }
}

/** All of a raster's patches are of one scene, or there is one. */
function idOf({ patches }: ProjectRaster): string {
  return rasterIdOf(patches[0]!.record)
}
