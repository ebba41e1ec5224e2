import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { mapFrames } from '../../core/export/mapFrame'
import { LANDSLIDE_STYLE } from '../../core/export/qgisVectorStyles'
import type { VectorLayer } from '../../core/export/vectorLayer'
import { writeGeoPackage } from '../../core/export/writeGeoPackage'
import { throwIfAborted } from '../../core/foundation/appError'
import { findDuplicates, type PlacedLandslide, type PlacedRaster } from '../../core/inventory/duplicates'
import { type Field, LANDSLIDE_FIELDS } from '../../core/inventory/fields'
import type { InventoryLandslide } from '../../core/inventory/inventory'
import type { Georeference } from '../../core/raster/rasterSource'
import type { CommandIo } from '../node/commandIo'

/** Landslides of one result of a run. */
export interface ResultLandslides {
  /** Of the result, a name of its own in the run. */
  name: string
  sensed: string | null
  georeference: Georeference | null
  /** Path of the lines that its worker wrote. */
  lines: string
}

export interface MergedLandslides {
  /** Of all results. */
  found: number
  /** In the merged file. */
  kept: number
  file: Uint8Array<ArrayBuffer>
}

const SEEN_IN: Field = {
  name: 'seen_in',
  type: 'integer',
  title: 'Seen in',
  unit: null,
  detail: 'Number of results that show it; it is in once, as the one that has most of it',
}

/**
 * The landslides of a run as one GeoPackage: where results overlap, each once (`findDuplicates`). The file depends on nothing
 * but the results: its time of change is that of the latest image.
 *
 * @throws AppError as `findDuplicates`, `writeGeoPackage`
 */
export async function mergeLandslides(
  results: readonly ResultLandslides[],
  io: CommandIo,
): Promise<MergedLandslides> {
  const all: { result: ResultLandslides; landslide: InventoryLandslide }[] = []
  for (const result of results) {
    for await (const line of createInterface({ input: createReadStream(result.lines) })) {
      throwIfAborted(io.signal)
      all.push({ result, landslide: JSON.parse(line) as InventoryLandslide })
    }
  }
  const stands = await standFor(all, io)
  const seenIn = new Map<number, Set<string>>()
  for (const [index, kept] of stands.entries()) {
    const names = seenIn.get(kept) ?? new Set()
    seenIn.set(kept, names.add(all[index]!.result.name))
  }
  const frames = await mapFrames(results.map(({ georeference }) => georeference))
  const layers = frames.map((frame, i): VectorLayer => {
    return {
      name: i === 0 ? 'landslides' : 'landslides_pixels',
      title: 'Landslides of all results, each once',
      geometry: 'multipolygon',
      crs: frame.crs,
      fields: [...LANDSLIDE_FIELDS, SEEN_IN],
      style: LANDSLIDE_STYLE,
      async *features() {
        for (const [index, { result, landslide }] of all.entries()) {
          const seen = seenIn.get(index)
          if (!seen || !frame.holds(result.georeference)) continue
          const geometry = frame.place(result.georeference, landslide.polygons)
          yield { geometry, values: { ...landslide.fields, seen_in: seen.size } }
        }
      },
    }
  })
  const dates = results.flatMap(({ sensed }) => sensed ?? []).sort()
  const at = dates.at(-1) ?? new Date(0).toISOString()
  return {
    found: all.length,
    kept: seenIn.size,
    file: await writeGeoPackage(layers, { at, signal: io.signal }),
  }
}

/** By landslide, the index of the one that stands for it; of results without a place each stands for itself. */
async function standFor(
  all: readonly { result: ResultLandslides; landslide: InventoryLandslide }[],
  io: CommandIo,
): Promise<Map<number, number>> {
  const stands = new Map(all.map((_, index) => [index, index]))
  const rasters: PlacedRaster[] = []
  const indices = new Map<ResultLandslides, number>()
  const placed: { at: number; landslide: PlacedLandslide }[] = []
  for (const [at, { result, landslide }] of all.entries()) {
    const { crs, transform } = result.georeference ?? {}
    if (!crs || !transform) continue
    let raster = indices.get(result)
    if (raster === undefined) {
      raster = rasters.push({ name: result.name, crs, transform, sensed: result.sensed }) - 1
      indices.set(result, raster)
    }
    const { number, window, polygons, fields } = landslide
    const { pixels, area_m2 } = fields
    placed.push({ at, landslide: { raster, number, window, pixels, area: area_m2 ?? pixels, polygons } })
  }
  const kept = await findDuplicates(
    rasters,
    placed.map(({ landslide }) => landslide),
    io.signal,
  )
  for (const [i, { at }] of placed.entries()) stands.set(at, placed[kept[i]!]!.at)
  return stands
}
