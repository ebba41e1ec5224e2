import { AppError, throwIfAborted } from '../foundation/appError'
import { type JobContext, yieldToEventLoop } from '../foundation/job'
import { IGNORE, LANDSLIDE } from '../patches/patch'
import type { PixelWindow } from '../raster/rasterSource'
import type { Polygon } from '../scenes/polygons'
import {
  ELSEWHERE,
  type InventoryLandslide,
  type InventoryOptions,
  type InventoryRaster,
  type InventoryRows,
} from './inventory'
import { fieldsMaker, groundOf } from './landslideFields'
import { LandslideSums, type RowPlanes } from './landslideSums'
import { type Sums, windowOf } from './regions'
import { type RegionRule, RegionTracker } from './regionTracker'
import { traceRuns } from './rings'
import { pointInside } from './shape'
import { simplifyPolygons } from './simplify'

/** Pixels that are asked for at once; planes of two such strips are in memory. */
const STRIP_PIXELS = 2 ** 21

/** Rows after which others get their turn, and a cancel is heard. */
const ROWS_A_TURN = 32

/** What an inventory holds, and what was changed on the way to it. */
export interface InventorySummary {
  landslides: number
  /** Of these, filled holes included. */
  pixels: number
  /** Smaller than the minimum area. */
  leftOut: { landslides: number; pixels: number }
  filled: { holes: number; pixels: number }
  /** Rings with fewer corners than their pixels have, and those that had to keep them all to stay valid. */
  simplified: { rings: number; keptExact: number }
  /** Why lengths and areas are missing, a sentence; null: they are there. */
  sizeUnknown: string | null
  /** Why longitudes and latitudes are missing, a sentence; null: they are there. */
  placeUnknown: string | null
}

/**
 * Landslides of a raster, with polygons and attributes, in reading order of their first pixels.
 *
 * A landslide is an 8-connected component of 1 in the mask. The raster is read once, from the top down, in strips of some
 * two million pixels; a landslide is given as soon as it has ended and all that began before it have. In memory are two
 * strips, and of each landslide that was not given yet its runs and 21 sums: `RegionTracker` has the bounds, `traceRuns`
 * those of one outline. Attributes are of the mask's own pixels; `pixels`, area and outline include filled holes.
 *
 * @param stripRows rows of a strip; whatever it is, the result is the same
 * @returns what was left out and filled, after the last landslide
 * @throws AppError `file-too-large` where a mask is too ragged, `shape-mismatch` where rows are not of the raster's width,
 * `aborted`, and what the raster's `rows` throw
 */
export async function* inventoryOf(
  raster: InventoryRaster,
  options: InventoryOptions,
  context: JobContext = {},
  stripRows?: number,
): AsyncGenerator<InventoryLandslide, InventorySummary> {
  const { name, width, height, georeference } = raster
  const maker = await fieldsMaker(raster)
  const pixel = groundOf(georeference, { column: 0, row: 0, width, height })
  const tracker = new RegionTracker(
    name,
    width,
    height,
    landslideRule(raster, options),
    () => new LandslideSums(pixel),
  )
  const summary: InventorySummary = {
    landslides: 0,
    pixels: 0,
    leftOut: { landslides: 0, pixels: 0 },
    filled: { holes: 0, pixels: 0 },
    simplified: { rings: 0, keptExact: 0 },
    sizeUnknown: maker.sizeUnknown,
    placeUnknown: maker.placeUnknown,
  }
  for await (const { mask, planes, row } of rowsOf(raster, context, stripRows)) {
    tracker.addRow(row, mask, (row - planes.top) * width, (sums, begin, end) =>
      sums.add(planes, row, begin, end),
    )
    for (const region of tracker.ended()) {
      const runs = region.sortedRuns()
      const window = windowOf(runs)
      const ground = groundOf(georeference, window)
      if (region.pixels * (ground?.area ?? 1) < options.minimumArea) {
        summary.leftOut.landslides++
        summary.leftOut.pixels += region.pixels
        continue
      }
      const number = ++summary.landslides
      summary.pixels += region.pixels
      summary.filled.holes += region.filledHoles
      summary.filled.pixels += region.filledPixels
      const polygons = traceRuns(runs)
      const fields = maker.fieldsOf({
        number,
        pixels: region.pixels,
        window,
        runs,
        sums: region.sums,
        ground,
        polygons,
      })
      if (options.simplify > 0) {
        const simpler = simplifyPolygons(polygons, options.simplify, pointInside(runs))
        summary.simplified.rings += simpler.simplified
        summary.simplified.keptExact += simpler.keptExact
        yield { number, window, polygons: simpler.polygons, fields }
      } else yield { number, window, polygons, fields }
    }
  }
  return summary
}

/** Landslide pixels; small holes among them where options say so, but for those of which the mask says nothing. */
function landslideRule(
  { georeference, width }: InventoryRaster,
  { fillHoles }: InventoryOptions,
): RegionRule {
  const members = new Uint8Array(256)
  members[LANDSLIDE] = 1
  if (!(fillHoles > 0)) return { members }
  const unfit = new Uint8Array(256)
  unfit[IGNORE] = unfit[ELSEWHERE] = 1
  let last = { row: -1, pixels: 0 }
  const mostHole = (row: number) => {
    if (row !== last.row) {
      const area = groundOf(georeference, { column: 0, row, width, height: 1 })?.area ?? 1
      last = { row, pixels: Math.floor(fillHoles / area + 1e-9) }
    }
    return last.pixels
  }
  return { members, unfit, mostHole }
}

/** An 8-connected region of a raster. */
export interface TracedRegion {
  window: PixelWindow
  pixels: number
  /** As those of a landslide. */
  polygons: Polygon[]
}

/**
 * Regions of pixels by the value of the mask, as `inventoryOf` has landslides: what was not analysed, for instance.
 *
 * @param isInside asked once for each value of a byte
 * @throws AppError as `inventoryOf`
 */
export async function* traceRegions(
  raster: Pick<InventoryRaster, 'name' | 'width' | 'height' | 'rows'>,
  isInside: (value: number) => boolean,
  context: JobContext = {},
  stripRows?: number,
): AsyncGenerator<TracedRegion> {
  const members = Uint8Array.from({ length: 256 }, (_, value) => (isInside(value) ? 1 : 0))
  const { name, width, height } = raster
  const tracker = new RegionTracker(name, width, height, { members }, () => new NoSums())
  for await (const { mask, planes, row } of rowsOf(raster, context, stripRows)) {
    tracker.addRow(row, mask, (row - planes.top) * width)
    for (const region of tracker.ended()) {
      const runs = region.sortedRuns()
      yield { window: windowOf(runs), pixels: region.pixels, polygons: traceRuns(runs) }
    }
  }
}

class NoSums implements Sums<NoSums> {
  merge(): void {}
}

interface PlacedRow {
  row: number
  /** Of the strip that begins at the planes' `top`. */
  mask: Uint8Array
  planes: RowPlanes
}

/** Rows of a raster one after the other, with the elevation above and below each; reports progress, hears a cancel. */
async function* rowsOf(
  { name, width, height, rows }: Pick<InventoryRaster, 'name' | 'width' | 'height' | 'rows'>,
  { signal, onProgress }: JobContext,
  stripRows = stripHeight(width),
): AsyncGenerator<PlacedRow> {
  const read = async (top: number): Promise<InventoryRows | null> => {
    if (top >= height) return null
    const count = Math.min(stripRows, height - top)
    const strip = await rows(top, count, signal)
    for (const plane of Object.values(strip) as (Uint8Array | Float32Array | null)[]) {
      if (plane && plane.length !== width * count) {
        throw new AppError(
          'shape-mismatch',
          `${name}: ${plane.length} pixels are not ${count} rows of ${width}.`,
        )
      }
    }
    return strip
  }
  throwIfAborted(signal)
  let above: Float32Array | null = null
  let strip = await read(0)
  for (let top = 0; strip; top += stripRows) {
    throwIfAborted(signal)
    const { mask, elevation } = strip
    const count = mask.length / width
    // The last row's slopes need the strip below.
    const following = await read(top + stripRows)
    const planes = {
      ...strip,
      width,
      top,
      elevation: elevation && withNeighbours(elevation, above, following),
    }
    for (let row = top; row < top + count; row++) {
      if (row % ROWS_A_TURN === 0) {
        onProgress?.({ label: `Tracing ${name}`, done: row, total: height })
        await yieldToEventLoop()
        throwIfAborted(signal)
      }
      yield { row, mask, planes }
    }
    above = elevation?.slice(-width) ?? null
    strip = following
  }
  onProgress?.({ label: `Tracing ${name}`, done: height, total: height })

  function withNeighbours(
    elevation: Float32Array,
    before: Float32Array | null,
    after: InventoryRows | null,
  ): Float32Array {
    const around = new Float32Array(elevation.length + 2 * width).fill(Number.NaN)
    around.set(elevation, width)
    if (before) around.set(before)
    const below = after?.elevation?.subarray(0, width)
    if (below) around.set(below, width + elevation.length)
    return around
  }
}

/** Whole tiles of the usual sizes where the raster is not too wide for them. */
function stripHeight(width: number): number {
  return Math.min(512, Math.max(64, Math.floor(STRIP_PIXELS / width / 64) * 64))
}
