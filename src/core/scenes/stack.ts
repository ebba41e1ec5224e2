import { throwIfAborted } from '../foundation/appError'
import { yieldToEventLoop } from '../foundation/job'
import { BAND_COUNT, DEM_BAND, SLOPE_BAND } from '../patches/bands'
import type { PatchPixels, ValueScale } from '../patches/patch'
import { fillBands, rawPixels, syntheticBandsOf } from '../patches/readPatch'
import { validPixels } from '../patches/valueScale'
import type { Georeference, PixelWindow, RasterSource, SampleArray } from '../raster/rasterSource'
import type { BlockCache } from './blockCache'
import type { AbsentBand, Resampling, StackBand, StackRecipe } from './scene'

/** Pixels of a window between whose bands others get their turn: rows of a whole scene are five times as many. */
const TURN_PIXELS = 2 ** 20

/** Slope and elevation on a scene's grid. */
interface Terrain {
  /** @returns [height, width] metres and degrees; `valid` is 0 where neither is known. */
  read(
    window: PixelWindow,
    signal?: AbortSignal,
  ): Promise<{ elevation: Float32Array; slope: Float32Array; valid: Uint8Array }>
}

export interface StackSources {
  /** Opened rasters of the recipe's bands, by path. */
  rasters: ReadonlyMap<string, RasterSource>
  terrain: Terrain
  cache: BlockCache
}

/** A raster on the 14-band contract that is read by windows and never whole. */
export interface SceneStack {
  readonly width: number
  readonly height: number
  /**
   * A window in raw units of `BANDS`. A pixel is valid where every band holds a value; invalid ones are 0.
   *
   * @throws AppError what the rasters' `read` throws, `aborted`
   */
  read(window: PixelWindow, signal?: AbortSignal): Promise<PatchPixels>
}

/**
 * The virtual stack of a recipe. The same window of the same files has the same values, whatever was read before.
 *
 * Bands of 20 and 60 m nest in the grid: nearest repeats a pixel; bilinear interpolates between centres that hold data,
 * weights of others left out. DN 0 is no data; other values are at least 1 after the offset, as ESA's processor writes
 * them (Sentinel-2 Products Specification Document, RADIO_ADD_OFFSET).
 */
export function openStack(recipe: StackRecipe, { rasters, terrain, cache }: StackSources): SceneStack {
  const { grid, bands, resampling } = recipe
  const files = bandsByFile(bands)
  return {
    width: grid.width,
    height: grid.height,
    async read(window, signal) {
      const area = window.width * window.height
      const data = new Float32Array(BAND_COUNT * area)
      const valid = new Uint8Array(area).fill(1)
      const planeOf = (band: number) => data.subarray(band * area, (band + 1) * area)
      for (const [band, source] of bands.entries()) if (isAbsent(source)) planeOf(band).fill(source.value)
      for (const file of files) {
        throwIfAborted(signal)
        const stored = await readFile(file, rasters.get(file.path)!, cache, resampling, window, signal)
        for (const { band, fill } of stored) {
          if (area >= TURN_PIXELS) await yieldToEventLoop()
          throwIfAborted(signal)
          fill(planeOf(band), valid)
        }
      }
      const ground = await terrain.read(window, signal)
      data.set(ground.slope, SLOPE_BAND * area)
      data.set(ground.elevation, DEM_BAND * area)
      let missing = 0
      for (let i = 0; i < area; i++) {
        if (ground.valid[i] === 0) valid[i] = 0
        if (valid[i] === 1) continue
        missing++
        for (let band = 0; band < BAND_COUNT; band++) data[band * area + i] = 0
      }
      return { width: window.width, height: window.height, data, valid: missing > 0 ? valid : null }
    },
  }
}

/**
 * A raster that has the 14 bands itself, as a stack.
 *
 * @param scale of its values
 * @param means [14] raw units, for bands that it says its product did not have
 */
export function rasterStack(
  raster: RasterSource,
  scale: ValueScale,
  means: readonly number[],
  cache: BlockCache,
): SceneStack {
  const synthetic = syntheticBandsOf(raster)
  return {
    width: raster.width,
    height: raster.height,
    async read(window, signal) {
      const { width, height } = window
      const planes = await cache.read(raster, { window, signal })
      const measured = validPixels(planes, width * height, raster.nodata)
      const { data, valid } = rawPixels(planes, width * height, scale, measured)
      fillBands(data, valid, synthetic, means)
      return { width, height, data, valid }
    },
  }
}

export function isAbsent(band: StackBand | AbsentBand): band is AbsentBand {
  return 'value' in band
}

/** Bands of one file with pixels of one size. */
interface FileBands {
  path: string
  /** Pixels of the grid along the side of one of its own. */
  factor: number
  /** With their places of the 14. */
  bands: (StackBand & { place: number })[]
}

/** Those of one file may lie interleaved: read one by one, each of its blocks would be decoded for every band. */
function bandsByFile(bands: StackRecipe['bands']): FileBands[] {
  const files = new Map<string, FileBands>()
  for (const [place, band] of bands.entries()) {
    if (isAbsent(band)) continue
    const { path, factor } = band
    const key = `${factor} ${path}`
    const file = files.get(key) ?? { path, factor, bands: [] }
    file.bands.push({ ...band, place })
    files.set(key, file)
  }
  return [...files.values()]
}

/** Reads what a window of the grid needs of a file: for each band a function that fills its plane, and clears `valid` where it holds nothing. */
async function readFile(
  { bands, factor }: FileBands,
  raster: RasterSource,
  cache: BlockCache,
  resampling: Resampling,
  window: PixelWindow,
  signal: AbortSignal | undefined,
): Promise<{ band: number; fill: (plane: Float32Array, valid: Uint8Array) => void }[]> {
  // Of bilinear, the centres on both sides of the window, too.
  const margin = resampling === 'bilinear' && factor > 1 ? 1 : 0
  const across = spanOf(window.column, window.width, factor, margin, raster.width)
  const down = spanOf(window.row, window.height, factor, margin, raster.height)
  const place = { column: across.begin, row: down.begin, width: across.length, height: down.length }
  const stored = await cache.read(raster, { window: place, bands: bands.map(({ band }) => band), signal })
  return bands.map(({ place: band, scale, offset }, index) => {
    const raw = (value: number) => {
      if (value === 0 || !Number.isFinite(value) || value === raster.nodata) return Number.NaN
      return Math.max(1, (value + offset) * scale)
    }
    const fill = (plane: Float32Array, valid: Uint8Array) => {
      if (margin === 0) nearest(stored[index]!, place, factor, raw, window, plane, valid)
      else bilinear(Float64Array.from(stored[index]!, raw), place, factor, window, plane, valid)
    }
    return { band, fill }
  })
}

/** The pixels of a band of `length` that lie under a stretch of the grid, with a margin, within the band. */
function spanOf(begin: number, count: number, factor: number, margin: number, length: number) {
  const first = Math.max(0, Math.floor(begin / factor) - margin)
  const last = Math.min(length - 1, Math.floor((begin + count - 1) / factor) + margin)
  return { begin: first, length: last - first + 1 }
}

function nearest(
  stored: SampleArray,
  place: PixelWindow,
  factor: number,
  raw: (value: number) => number,
  window: PixelWindow,
  plane: Float32Array,
  valid: Uint8Array,
): void {
  for (let y = 0; y < window.height; y++) {
    const row = Math.floor((window.row + y) / factor) - place.row
    for (let x = 0; x < window.width; x++) {
      const column = Math.floor((window.column + x) / factor) - place.column
      const at = y * window.width + x
      const value = raw(stored[row * place.width + column]!)
      if (Number.isNaN(value)) valid[at] = 0
      else plane[at] = value
    }
  }
}

/** Between the centres of a band's pixels; no data where the pixel itself has none. */
function bilinear(
  values: Float64Array,
  place: PixelWindow,
  factor: number,
  window: PixelWindow,
  plane: Float32Array,
  valid: Uint8Array,
): void {
  for (let y = 0; y < window.height; y++) {
    const v = (window.row + y + 0.5) / factor - 0.5
    const own = Math.floor((window.row + y) / factor)
    for (let x = 0; x < window.width; x++) {
      const u = (window.column + x + 0.5) / factor - 0.5
      const at = y * window.width + x
      const ownColumn = Math.floor((window.column + x) / factor)
      if (Number.isNaN(values[(own - place.row) * place.width + ownColumn - place.column]!)) {
        valid[at] = 0
        continue
      }
      const [left, top] = [Math.floor(u), Math.floor(v)]
      let sum = 0
      let weight = 0
      for (const [row, down] of [
        [top, 1 - (v - top)],
        [top + 1, v - top],
      ] as const) {
        const r = Math.min(place.height - 1, Math.max(0, row - place.row))
        for (const [column, along] of [
          [left, 1 - (u - left)],
          [left + 1, u - left],
        ] as const) {
          const c = Math.min(place.width - 1, Math.max(0, column - place.column))
          const value = values[r * place.width + c]!
          if (Number.isNaN(value)) continue
          sum += value * down * along
          weight += down * along
        }
      }
      plane[at] = sum / weight
    }
  }
}

/** Where a window of a raster lies. */
export function georeferenceOf(
  georeference: Georeference | null,
  { column, row }: PixelWindow,
): Georeference | null {
  if (!georeference?.transform) return georeference
  const [x, xColumn, xRow, y, yColumn, yRow] = georeference.transform
  const moved = [x + column * xColumn + row * xRow, y + column * yColumn + row * yRow] as const
  return { ...georeference, transform: [moved[0], xColumn, xRow, moved[1], yColumn, yRow] }
}
