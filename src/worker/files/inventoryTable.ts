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
} from '../../core/inventory/inventoryTable'
import { type ProjectRaster, projectRasters } from '../../core/results/inventoryRasters'
import type { FilesApi } from '../protocol'

type Read = FilesApi['inventoryTable']

/**
 * Landslides of a project's masks as a table, raster by raster.
 *
 * @throws AppError `aborted`
 */
export async function inventoryTable(
  store: Parameters<typeof projectRasters>[0],
  { patchIds, only, threshold }: Read['request'],
  { signal, onProgress }: JobContext,
): Promise<InventoryTable> {
  const wanted = new Set(only)
  const rasters = (await projectRasters(store, patchIds, threshold, signal)).filter(raster =>
    wanted.has(idOf(raster)),
  )
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
  return joinTables(tables)
}

/** All of a raster's patches are of one scene, or there is one. */
function idOf({ patches }: ProjectRaster): string {
  return rasterIdOf(patches[0]!.record)
}
