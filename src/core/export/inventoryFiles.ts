import type { JobContext } from '../foundation/job'
import type { InventoryOptions, InventoryRaster } from '../inventory/inventory'
import type { InventorySummary } from '../inventory/inventoryOf'
import { countInventory, type InventoryCounts } from './inventoryCounts'
import { inventoryLayers, type LocatedAudit } from './inventoryLayers'
import { keptFeatures } from './keptFeatures'
import { VECTOR_FORMATS, type VectorFormat, type VectorLayer, type VectorWriteOptions } from './vectorLayer'
import type { BlockStore } from './writeCog'
import { writeCsv } from './writeCsv'
import { writeFlatGeobuf } from './writeFlatGeobuf'
import { writeGeoJson } from './writeGeoJson'
import { writeGeoPackage } from './writeGeoPackage'
import type { LeavingFile } from './zipFiles'

type WriteLayer = (layer: VectorLayer, options: VectorWriteOptions) => AsyncIterable<Uint8Array<ArrayBuffer>>

/** Of one layer each. */
const WRITERS: Readonly<Record<Exclude<VectorFormat, 'gpkg'>, WriteLayer>> = {
  geojson: writeGeoJson,
  fgb: writeFlatGeobuf,
  csv: writeCsv,
}

export interface InventoryFilesRequest {
  /** A safe file name, which files begin with. */
  name: string
  /** At least one, with names of their own. */
  rasters: readonly InventoryRaster[]
  formats: readonly VectorFormat[]
  options: InventoryOptions
  audits?: readonly LocatedAudit[]
  /** What is to be said of ground that several rasters show. */
  shared?: readonly string[]
  /** ISO 8601, the time of change that a GeoPackage has. */
  at: string
  /** Where landslides wait, so that several formats need only one pass over the pixels. */
  store: BlockStore
}

export interface InventoryFiles {
  files: AsyncGenerator<LeavingFile>
  /** What is in them, once all were read to their ends. */
  counts(): InventoryCounts
}

/**
 * An inventory as files: "<name>_landslides.gpkg" with all layers, and "<name>_landslides.geojson" and the like with the
 * landslides alone. Rasters without a coordinate system beside others give files of their own there,
 * "<name>_landslides_pixels.geojson". Each file is made when its turn comes.
 *
 * @throws AppError as `inventoryLayers` and the writers, while files are made
 */
export function inventoryFiles(request: InventoryFilesRequest, context: JobContext): InventoryFiles {
  const summaries = new Map<InventoryRaster, InventorySummary>()
  return {
    files: filesOf(request, summaries, context),
    counts: () => countInventory(summaries, request.shared),
  }
}

async function* filesOf(
  { name, rasters, formats, options, audits, at, store }: InventoryFilesRequest,
  summaries: Map<InventoryRaster, InventorySummary>,
  context: JobContext,
): AsyncGenerator<LeavingFile> {
  const { signal } = context
  const layers = await inventoryLayers(rasters, {
    options,
    audits,
    context: overPasses(rasters, formats, context),
    onSummary: (raster, summary) => void summaries.set(raster, summary),
  })
  const place = { end: 0 }
  const kept = layers.map(layer =>
    layer.name.startsWith('landslides') && formats.length > 1 ? keptFeatures(layer, store, place) : layer,
  )
  for (const format of VECTOR_FORMATS) {
    if (!formats.includes(format)) continue
    if (format === 'gpkg') {
      yield { name: `${name}_landslides.gpkg`, bytes: await writeGeoPackage(kept, { at, signal }) }
      continue
    }
    for (const layer of kept) {
      if (!layer.name.startsWith('landslides')) continue
      yield { name: `${name}_${layer.name}.${format}`, bytes: WRITERS[format](layer, { signal }) }
    }
  }
}

/** Progress of all passes over the rasters' rows: each reports its own from 0 on. */
export function overPasses(
  rasters: readonly InventoryRaster[],
  formats: readonly VectorFormat[],
  { signal, onProgress }: JobContext,
): JobContext {
  const passes = ({ area }: InventoryRaster) => (formats.includes('gpkg') ? (area ? 3 : 2) : 1)
  const total = rasters.reduce((sum, raster) => sum + raster.height * passes(raster), 0)
  let before = 0
  let last = { done: 0, total: 0 }
  return {
    signal,
    onProgress(progress) {
      if (progress.done < last.done) before += last.total
      last = progress
      onProgress?.({ label: progress.label, done: Math.min(total, before + progress.done), total })
    },
  }
}
