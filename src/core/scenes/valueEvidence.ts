import { BASELINE_OFFSET } from '../patches/bands'
import { scaleOfMedians } from '../patches/valueScale'
import type { PixelWindow, RasterSource, SampleArray } from '../raster/rasterSource'
import type { FoundScene } from './scene'

/** Columns and rows of a band that are looked at: enough for a 1st percentile, read in an instant. */
const SIDE = 400

/** Fewer valid pixels than this say nothing; another place is tried. */
const ENOUGH = 400

/** Middle of the windows that are tried in turn, as shares of width and height: a swath may cover one corner only. */
const PLACES = [
  [0.5, 0.5],
  [0.25, 0.25],
  [0.75, 0.75],
  [0.75, 0.25],
  [0.25, 0.75],
] as const

/** Valid pixels of one band, in order of size, as stored. */
export type Sample = Float64Array

/**
 * A look at some bands of a raster: its coarse level of some 200 to 400 pixels a side where it has one, else a window of
 * that size in the middle, or where there are data.
 *
 * @param bands of the file, from 0.
 */
export async function sampleBands(
  raster: RasterSource,
  bands: readonly number[],
  signal?: AbortSignal,
): Promise<Sample[]> {
  const wanted = Math.ceil(Math.log2(Math.max(raster.width, raster.height) / SIDE))
  const level = Math.min(raster.levels, Math.max(0, wanted))
  const [width, height] = [raster.width, raster.height].map(side => Math.ceil(side / 2 ** level)) as [
    number,
    number,
  ]
  const whole = width <= SIDE && height <= SIDE
  let best: Sample[] = bands.map(() => new Float64Array(0))
  for (const [x, y] of whole ? PLACES.slice(0, 1) : PLACES) {
    const window = windowAt(x * width, y * height, width, height)
    const planes = await raster.read({ window, level, bands, signal })
    const samples = planes.map(plane => validValues(plane, window, raster.nodata, level > 0))
    if ((samples[0]?.length ?? 0) > (best[0]?.length ?? 0) || best.length === 0) best = samples
    if ((best[0]?.length ?? 0) >= ENOUGH) break
  }
  return best
}

function windowAt(x: number, y: number, width: number, height: number): PixelWindow {
  const [columns, rows] = [Math.min(SIDE, width), Math.min(SIDE, height)]
  const place = (middle: number, size: number, most: number) =>
    Math.max(0, Math.min(most - size, Math.round(middle - size / 2)))
  return { column: place(x, columns, width), row: place(y, rows, height), width: columns, height: rows }
}

/** @param isMixed pixels beside no data are means of both: left out. */
function validValues(
  plane: SampleArray,
  { width, height }: PixelWindow,
  nodata: number | null,
  isMixed: boolean,
): Sample {
  const missing = plane instanceof Float32Array && nodata !== null ? Math.fround(nodata) : nodata
  const isValid = (pixel: number) => {
    const value = plane[pixel]!
    return value !== 0 && Number.isFinite(value) && value !== missing
  }
  const values: number[] = []
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = row * width + column
      if (!isValid(pixel)) continue
      if (isMixed && !neighbours(column, row, width, height).every(isValid)) continue
      values.push(plane[pixel]!)
    }
  }
  return Float64Array.from(values).sort()
}

function neighbours(column: number, row: number, width: number, height: number): number[] {
  const [left, right] = [Math.max(0, column - 1), Math.min(width - 1, column + 1)]
  const [above, below] = [Math.max(0, row - 1), Math.min(height - 1, row + 1)]
  return [above * width + left, above * width + right, below * width + left, below * width + right]
}

/** @param share 0 to 1. */
export function quantile(sample: Sample, share: number): number {
  return sample[Math.min(sample.length - 1, Math.floor(share * sample.length))] ?? Number.NaN
}

const SURFACE = ['B2', 'B3', 'B4', 'B5', 'B6', 'B7', 'B8', 'B11', 'B12']

/** Landslide4Sense's own values have another divisor for each band: no product is stored so. */
const QUANTIFICATIONS = { raw: 10_000, x1000: 1000, reflectance: 1, l4s: null }

interface KnownScale {
  quantification: FoundScene['quantification']
  /** One sentence, with the numbers. */
  remark: string
}

/** What a reflectance of 1 is stored as, by the medians of the surface bands: 1, 1000, 10000, or a person has to say. */
export function scaleByValues(samples: ReadonlyMap<string, Sample>): KnownScale {
  const medianOf = (band: string) => {
    const sample = samples.get(band)
    return sample && sample.length > 0 ? quantile(sample, 0.5) : null
  }
  const medians = SURFACE.flatMap(band => medianOf(band) ?? []).sort((a, b) => a - b)
  const asked = (remark: string) => ({
    quantification: { value: null, evidence: 'asked' as const },
    remark: `${remark} Choose what a reflectance of 1 is stored as: 10000, 1000 or 1.`,
  })
  if (medians.length === 0)
    return asked('No pixel with data was found where it was looked at: give other files if these hold none.')
  const middle = medians.length >> 1
  const surface = medians.length % 2 === 1 ? medians[middle]! : (medians[middle - 1]! + medians[middle]!) / 2
  const { scale, why, doubtful } = scaleOfMedians(surface, medianOf('B10'))
  const value = QUANTIFICATIONS[scale ?? 'l4s']
  if (value === null || doubtful) return asked(`The scale is unclear: ${why}.`)
  const remark = `Taken as reflectance x ${value}, by its values: ${why}.`
  return { quantification: { value, evidence: 'values' }, remark }
}

interface KnownOffset {
  /** Of every band, in stored values. */
  offset: { value: number | null; evidence: 'values' | 'asked' }
  /** One sentence, with the numbers. */
  remark: string
}

/** Darkest pixels stay below this without the offset, above it with: reflectance x 10000. */
const BETWEEN = 0.9 * BASELINE_OFFSET

/**
 * Whether stored values carry the offset of 1000, by the darkest of them. B10 decides: it sees some thousandths of
 * reflectance, so its floor is the offset. Without it, a dark pixel below 900 in B2, B3 or B4 shows that there is none; the
 * contrary shows nothing, for hazy and bright scenes have no dark pixel either.
 *
 * @param samples of B2, B3, B4 and B10, as far as there are.
 * @param quantification what a reflectance of 1 is stored as; null: not known.
 */
export function offsetByValues(
  samples: ReadonlyMap<string, Sample>,
  quantification: number | null,
): KnownOffset {
  const unit = (quantification ?? 10_000) / 10_000
  const darkest = ['B2', 'B3', 'B4', 'B10'].flatMap(band => {
    const sample = samples.get(band)
    return sample && sample.length > 0 ? [{ band, value: quantile(sample, 0.01) }] : []
  })
  const numbers = darkest.map(({ band, value }) => `${band} ${Number(value.toPrecision(4))}`).join(', ')
  const shown = darkest.length > 0 ? `1st percentiles as stored: ${numbers}` : 'no valid pixel was found'
  const found = (has: boolean, why: string): KnownOffset => ({
    offset: { value: has ? -BASELINE_OFFSET * unit : 0, evidence: 'values' },
    remark: `Offset ${has ? -BASELINE_OFFSET * unit : 0}, by its values: ${why} (${shown}).`,
  })
  const ask = (why: string): KnownOffset => ({
    offset: { value: null, evidence: 'asked' },
    remark: `${why} (${shown}). Choose: 0 before processing baseline 04.00, ${-BASELINE_OFFSET * unit} since.`,
  })
  if (quantification === null || darkest.length === 0) return ask('The offset is unknown')
  const inUnits = new Map(darkest.map(({ band, value }) => [band, value / unit]))
  const cirrus = inUnits.get('B10')
  const visible = ['B2', 'B3', 'B4'].flatMap(band => inUnits.get(band) ?? [])
  const isDark = visible.length > 0 && Math.min(...visible) < BETWEEN
  if (cirrus !== undefined) {
    if (cirrus < BETWEEN) return found(false, 'B10 falls to nearly 0')
    return isDark ? ask('B10 is never dark, the visible bands are') : found(true, 'B10 never falls below 900')
  }
  if (isDark) return found(false, 'there are pixels darker than the offset of 1000')
  return ask('Its values do not say whether they carry the offset of 1000')
}
