import { AppError, throwIfAborted } from '../foundation/appError'
import { type RenderedLayer, renderComposite } from '../patches/renderLayer'
import type { RasterSource, SampleArray } from '../raster/rasterSource'
import { INSTRUMENT_BANDS } from './bandNames'
import type { FoundScene, SceneBand } from './scene'
import type { OpenByPath } from './sceneSources'

/** Share cut at each end of the stretch. */
const CUT = 0.02

/** Pixels of a picture's row of a raster without coarser levels that are read at once. */
const MOST_PIXELS = 2 ** 22

/**
 * A small picture of a whole scene in true colour, or of what it has instead, from the coarsest level of its files that is
 * as large: of JPEG 2000 and of GeoTIFFs with overviews no more is decoded than that.
 *
 * @param size longest side of the picture, pixels, about: `step` is a power of two.
 * @returns as stored, stretched by percentiles; transparent where a band holds no data; `step` pixels of the scene along one
 * @throws AppError `bands-mismatch` for a scene without a band, what opening and reading throws, `aborted`
 */
export async function quickLook(
  scene: Pick<FoundScene, 'name' | 'bands'>,
  open: OpenByPath,
  size: number,
  signal?: AbortSignal,
): Promise<RenderedLayer & { step: number }> {
  const bands = shownBands(scene)
  throwIfAborted(signal)
  const finest = Object.values(scene.bands).reduce((best, next) => (next.width > best.width ? next : best))
  const longest = Math.max(finest.width, finest.height)
  const step = 2 ** Math.max(0, Math.round(Math.log2(longest / size)))
  const width = Math.ceil(finest.width / step)
  const height = Math.ceil(finest.height / step)
  const valid = new Uint8Array(width * height).fill(1)
  const planes: Float32Array[] = []
  // Bands that lie interleaved in one file are decoded together.
  for (const path of new Set(bands.map(band => band.path))) {
    const raster = await open(path, signal)
    const own = [...new Set(bands.filter(band => band.path === path))]
    const read = await shrunk(raster, own, { step, width, height, of: finest, signal, valid })
    for (const [channel, band] of bands.entries()) {
      if (band.path === path) planes[channel] = read[own.indexOf(band)]!
    }
  }
  const picture = renderComposite(planes, valid, width, height, CUT)
  const range = picture.range.map(({ low, high }) => ({ low, high, unit: 'as stored' }))
  return { ...picture, range, step }
}

/** Red, green and blue, or whatever comes next to each. */
function shownBands({ name, bands }: Pick<FoundScene, 'name' | 'bands'>): SceneBand[] {
  const present = [...INSTRUMENT_BANDS].flatMap(band => bands[band] ?? [])
  const [first] = present
  if (!first) throw new AppError('bands-mismatch', `"${name}" has no band to look at.`)
  const wanted = ['B4', 'B3', 'B2'].map(band => bands[band])
  const others = present.filter(band => !wanted.includes(band)).reverse()
  return wanted.map(band => band ?? others.shift() ?? first)
}

interface Shrinking {
  /** Pixels of the scene along one of the picture. */
  step: number
  width: number
  height: number
  /** The scene in its finest pixels. */
  of: { width: number; height: number }
  /** Cleared where there is nothing. */
  valid: Uint8Array
  signal?: AbortSignal
}

/** Bands of a file on the picture's grid: of each the pixel of its level that lies under the middle of the picture's. */
async function shrunk(
  raster: RasterSource,
  bands: readonly SceneBand[],
  { step, width, height, of, valid, signal }: Shrinking,
): Promise<Float32Array[]> {
  const factor = Math.round(of.width / raster.width)
  const wanted = Math.max(0, Math.floor(Math.log2(step / factor)))
  const level = Math.min(raster.levels, wanted)
  const [columns, rows] = [Math.ceil(raster.width / 2 ** level), Math.ceil(raster.height / 2 ** level)]
  // Pixels of the level along one of the picture.
  const stride = step / factor / 2 ** level
  const place = (at: number, most: number) => Math.min(most - 1, Math.floor((at + 0.5) * stride))
  const planes = bands.map(() => new Float32Array(width * height))
  const put = (plane: Float32Array, row: number, stored: SampleArray, begin: number) => {
    for (let x = 0; x < width; x++) {
      const value = stored[begin + place(x, columns)]!
      const at = row * width + x
      if (value === 0 || value === raster.nodata || !Number.isFinite(value)) valid[at] = 0
      else plane[at] = value
    }
  }
  for (let y = 0; y < height; ) {
    throwIfAborted(signal)
    // As many rows as are cheap: all of a level, a row of tiles, or single rows of a file in narrow strips.
    const top = place(y, rows)
    const block = raster.blocks?.height ?? 1
    const cheap = level === wanted ? rows : (Math.floor(top / block) + 1) * block - top
    const count = Math.min(rows - top, Math.max(1, Math.min(cheap, Math.floor(MOST_PIXELS / columns))))
    const window = { column: 0, row: top, width: columns, height: count }
    const stored = await raster.read({ window, level, bands: bands.map(({ band }) => band), signal })
    for (; y < height && place(y, rows) < top + count; y++) {
      for (const [i, plane] of planes.entries()) put(plane, y, stored[i]!, (place(y, rows) - top) * columns)
    }
  }
  return planes
}
