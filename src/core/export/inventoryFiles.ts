import type { JobContext } from '../foundation/job'
import { plural } from '../foundation/text'
import type { InventoryOptions, InventoryRaster } from '../inventory/inventory'
import type { InventorySummary } from '../inventory/inventoryOf'
import { pixelSizeOf } from '../raster/pixelSize'
import { inventoryLayers, type LocatedAudit } from './inventoryLayers'
import { keptFeatures } from './keptFeatures'
import type { VectorLayer, VectorWriteOptions } from './vectorLayer'
import type { BlockStore } from './writeCog'
import { writeGeoJson } from './writeGeoJson'
import { writeGeoPackage } from './writeGeoPackage'
import type { LeavingFile } from './zipFiles'

/** In the order in which files are made. */
export const VECTOR_FORMATS = ['gpkg', 'geojson'] as const

export type VectorFormat = (typeof VECTOR_FORMATS)[number]

type WriteLayer = (layer: VectorLayer, options: VectorWriteOptions) => AsyncIterable<Uint8Array<ArrayBuffer>>

/** Of one layer each. */
const WRITERS: Readonly<Record<Exclude<VectorFormat, 'gpkg'>, WriteLayer>> = {
  geojson: writeGeoJson,
}

export interface InventoryFilesRequest {
  /** A safe file name, which files begin with. */
  name: string
  /** At least one, with names of their own. */
  rasters: readonly InventoryRaster[]
  formats: readonly VectorFormat[]
  options: InventoryOptions
  audits?: readonly LocatedAudit[]
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
  return { files: filesOf(request, summaries, context), counts: () => countInventory(summaries) }
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

/** An inventory in numbers, over any number of rasters. */
export interface InventoryCounts {
  landslides: number
  /** Square metres; null: the pixels' size is not known in some raster. */
  area: number | null
  leftOut: number
  leftOutArea: number | null
  holes: number
  holesArea: number | null
  /** Sentences on what could not be known, each once. */
  unknown: string[]
}

export function countInventory(summaries: ReadonlyMap<InventoryRaster, InventorySummary>): InventoryCounts {
  const parts = [...summaries].map(([raster, summary]) => ({ raster, summary }))
  const area = (pixelsOf: (summary: InventorySummary) => number) =>
    parts.reduce<number | null>((sum, { raster, summary }) => {
      const { size } = pixelSizeOf(raster.georeference, raster.width, raster.height)
      return sum === null || !size ? null : sum + pixelsOf(summary) * size.width * size.height
    }, 0)
  const count = (of: (summary: InventorySummary) => number) =>
    parts.reduce((sum, { summary }) => sum + of(summary), 0)
  return {
    landslides: count(({ landslides }) => landslides),
    area: area(({ pixels }) => pixels),
    leftOut: count(({ leftOut }) => leftOut.landslides),
    leftOutArea: area(({ leftOut }) => leftOut.pixels),
    holes: count(({ filled }) => filled.holes),
    holesArea: area(({ filled }) => filled.pixels),
    unknown: [
      ...new Set(
        parts.flatMap(({ summary }) => [summary.sizeUnknown ?? [], summary.placeUnknown ?? []].flat()),
      ),
    ],
  }
}

/** Of an inventory that was made with options: what it holds, and what they changed, a sentence each. */
export function inventoryNotes(counts: InventoryCounts, options: InventoryOptions): string[] {
  const { landslides, area, leftOut, leftOutArea, holes, holesArea, unknown } = counts
  const unit = area === null ? 'pixels' : 'm²'
  const within = (size: number | null) => (size ? `, ${areaText(size)}` : '')
  const notes = [`${plural(landslides, 'landslide')}${within(area)}.`]
  if (options.minimumArea > 0) {
    notes.push(
      `${plural(leftOut, 'landslide')} smaller than ${options.minimumArea} ${unit} left out${within(leftOutArea)}.`,
    )
  }
  if (options.fillHoles > 0) {
    notes.push(`${plural(holes, 'hole')} of up to ${options.fillHoles} ${unit} filled${within(holesArea)}.`)
  }
  if (options.simplify > 0) {
    notes.push(`Outlines were simplified by up to ${plural(options.simplify, 'pixel')}.`)
  }
  return [...notes, ...unknown]
}

/** "3.2 km²", "4.1 ha", "300 m²". */
function areaText(squareMetres: number): string {
  if (squareMetres >= 1e6) return `${(squareMetres / 1e6).toFixed(2)} km²`
  return squareMetres >= 1e4
    ? `${(squareMetres / 1e4).toFixed(2)} ha`
    : `${Math.round(squareMetres).toLocaleString('en')} m²`
}
