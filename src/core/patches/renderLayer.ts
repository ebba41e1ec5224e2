import type { BaseLayer, RenderedLayer } from '../../worker/protocol'
import { bandExpression } from './bandExpression'
import { BANDS, DEM_BAND } from './bands'
import type { Limits } from './channelHistogram'
import { rampColour, VIRIDIS, YELLOW_BROWN } from './colourRamp'
import { evaluateExpression } from './evaluateExpression'
import { DEFAULT_SUN, hillshade, type Sun } from './hillshade'
import { layerChannels } from './layerChannels'
import type { PatchPixels } from './patch'
import { percentileRange } from './percentileRange'

/** Bands (0-based) shown as red, green and blue. */
export const COMPOSITES = {
  /** B4, B3, B2 */
  'true-colour': [3, 2, 1],
  /** B8, B4, B3 */
  'false-colour': [7, 3, 2],
  /** B12, B8, B4 */
  swir: [11, 7, 3],
} as const

/** Slopes from here on look alike; few landslides start steeper. Degrees. */
const STEEPEST = 60

export interface RenderOptions {
  /** Share cut at each end of the stretch, over valid pixels. */
  percentile?: number
  /** Expressions of `custom` (red, green, blue) and `index` (one). */
  channels?: readonly string[]
  /** Stretch set by hand, a channel, in the channel's unit; null or absent: by percentile. */
  limits?: readonly (Limits | null)[]
  sun?: Sun
  /** Metres per pixel, for the hillshade; 10, as in Landslide4Sense, where the file does not say. */
  cellSize?: number
}

/**
 * Draws a layer of a patch: composites stretched channel by channel, an index, hillshade, slope from 0 to 60 degrees,
 * elevation by percentiles.
 *
 * Limits by hand that would leave every pixel of this patch at one end are passed over (`fits` false): they were set on
 * another patch, and an image all black or all white says nothing.
 *
 * @param pixels data [14, height, width] in raw units.
 * @returns [height, width, 4] straight RGBA, transparent where a pixel is not valid or a channel has no value; `range`
 * is what each channel was stretched to, in its unit.
 * @throws AppError `bad-argument` where a channel is no expression
 */
export function renderLayer(
  pixels: PatchPixels,
  layer: BaseLayer,
  options: RenderOptions = {},
): RenderedLayer {
  const { percentile = 0.02, cellSize = 10, sun = DEFAULT_SUN, limits = [] } = options
  const { width, height, valid } = pixels
  if (layer === 'hillshade') {
    const dem = pixels.data.subarray(DEM_BAND * width * height, (DEM_BAND + 1) * width * height)
    const shade = hillshade(dem, valid, width, height, cellSize, sun)
    const range = { low: 0, high: 1, unit: 'illumination' }
    return { width, height, rgba: paint([shade, shade, shade], [range, range, range], valid), range: [range] }
  }
  const expressions = layerChannels(layer, options.channels).map(bandExpression)
  const planes = expressions.map(expression => evaluateExpression(expression, pixels))
  const range = planes.map((plane, channel) => ({
    ...(layer === 'slope' && !limits[channel]
      ? { low: 0, high: STEEPEST, fits: true }
      : stretchOf(plane, valid, percentile, limits[channel] ?? null)),
    unit: expressions[channel]?.single?.unit ?? '',
  }))
  const rgba =
    planes.length === 3
      ? paint(planes, range, valid)
      : ramp(planes[0]!, range[0]!, layer === 'slope' ? YELLOW_BROWN : VIRIDIS, valid)
  return { width, height, rgba, range }
}

/** Limits by hand where they show anything of this patch, else its percentiles. */
function stretchOf(
  plane: Float32Array,
  valid: Uint8Array | null,
  percentile: number,
  limits: Limits | null,
): Limits & { fits: boolean } {
  const shows = limits !== null && limits.high > limits.low && anyBetween(plane, limits)
  if (shows) return { ...limits, fits: true }
  return { ...percentileRange(plane, valid, percentile), fits: limits === null }
}

/** False where every value lies at or beyond the same end. */
function anyBetween(plane: Float32Array, { low, high }: Limits): boolean {
  let below = false
  let above = false
  for (let pixel = 0; pixel < plane.length; pixel++) {
    const value = plane[pixel]!
    if (value > low && value < high) return true
    if (value <= low) below = true
    else if (value >= high) above = true
    if (below && above) return true
  }
  return false
}

/** Three planes as red, green and blue, each stretched by its own percentiles or to the limits given. */
export function renderComposite(
  planes: readonly Float32Array[],
  valid: Uint8Array | null,
  width: number,
  height: number,
  percentile: number,
  limits: readonly Limits[] | null = null,
): RenderedLayer {
  const ranges = limits ?? planes.map(plane => percentileRange(plane, valid, percentile))
  return {
    width,
    height,
    rgba: paint(planes, ranges, valid),
    range: ranges.map(range => ({ ...range, unit: BANDS[0]!.unit })),
  }
}

function paint(
  planes: readonly Float32Array[],
  ranges: readonly Limits[],
  valid: Uint8Array | null,
): Uint8ClampedArray {
  const area = planes[0]!.length
  const rgba = new Uint8ClampedArray(area * 4)
  for (let pixel = 0; pixel < area; pixel++) if (valid?.[pixel] !== 0) rgba[pixel * 4 + 3] = 255
  for (const [channel, plane] of planes.entries()) {
    const { low, high } = ranges[channel]!
    const gain = 255 / (high - low)
    for (let pixel = 0; pixel < area; pixel++) {
      const value = plane[pixel]!
      if (Number.isNaN(value)) rgba[pixel * 4 + 3] = 0
      else rgba[pixel * 4 + channel] = (value - low) * gain
    }
  }
  // Straight alpha, and nothing of an invalid pixel is left to be seen or exported.
  for (let pixel = 0; pixel < area; pixel++)
    if (rgba[pixel * 4 + 3] === 0) rgba.fill(0, pixel * 4, pixel * 4 + 3)
  return rgba
}

function ramp(
  plane: Float32Array,
  range: Limits,
  stops: typeof VIRIDIS,
  valid: Uint8Array | null,
): Uint8ClampedArray {
  const table = Array.from({ length: 256 }, (_, step) => rampColour(stops, step / 255))
  const rgba = new Uint8ClampedArray(plane.length * 4)
  for (let pixel = 0; pixel < plane.length; pixel++) {
    if (valid?.[pixel] === 0 || Number.isNaN(plane[pixel]!)) continue
    const place = (plane[pixel]! - range.low) / (range.high - range.low)
    const colour = table[Math.round(Math.min(1, Math.max(0, place)) * 255)]!
    rgba.set(colour, pixel * 4)
    rgba[pixel * 4 + 3] = 255
  }
  return rgba
}
