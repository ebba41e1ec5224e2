import { bandExpression, evaluateExpression } from './bandExpression'
import { BANDS, DEM_BAND } from './bands'
import { type BaseLayer, compositeBands, layerChannels } from './baseLayers'
import { type ColourRamp, rampColour, VIRIDIS, YELLOW_BROWN } from './colourRamps'
import type { PatchPixels } from './patch'
import { DEFAULT_SUN, hillshade, type Sun } from './relief'
import { type Limits, percentileRange } from './stretch'

/** Slopes from here on look alike; few landslides start steeper. Degrees. */
const STEEPEST = 60

export interface RenderOptions {
  /** Share cut at each end of the stretch, over valid pixels. */
  percentile?: number
  /** Expressions of `custom` (red, green, blue) and `index` (one). */
  channels?: readonly string[]
  /** Stretch set by hand, a channel, in the channel's unit; null or absent: by percentile. */
  limits?: readonly (Limits | null)[]
  /** The limits were found for more than this raster, and hold whatever it shows. */
  exactLimits?: boolean
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
  const { cellSize = 10, sun = DEFAULT_SUN } = options
  const { width, height, valid } = pixels
  if (layer === 'hillshade') {
    const dem = pixels.data.subarray(DEM_BAND * width * height, (DEM_BAND + 1) * width * height)
    const shade = hillshade(dem, valid, width, height, cellSize, sun)
    const range = { low: 0, high: 1, unit: 'illumination' }
    return { width, height, rgba: paint([shade, shade, shade], [range, range, range], valid), range: [range] }
  }
  const { planes, range } = stretchedPlanes(pixels, layer, options)
  const rgba =
    planes.length === 3
      ? paint(planes, range, valid)
      : paintRamp(planes[0]!, range[0]!, layer === 'slope' ? YELLOW_BROWN : VIRIDIS, valid)
  return { width, height, rgba, range }
}

/** What `renderLayer` would stretch the channels of a layer to; none for the hillshade. */
export function layerRange(
  pixels: PatchPixels,
  layer: BaseLayer,
  options: RenderOptions = {},
): RenderedLayer['range'] {
  return layer === 'hillshade' ? [] : stretchedPlanes(pixels, layer, options).range
}

function stretchedPlanes(pixels: PatchPixels, layer: BaseLayer, options: RenderOptions) {
  const { percentile = 0.02, limits = [], exactLimits = false } = options
  const expressions = layerChannels(layer, options.channels).map(bandExpression)
  const planes = expressions.map(expression => evaluateExpression(expression, pixels))
  const rangeOf = (plane: Float32Array, given: Limits | null) => {
    if (given && exactLimits) return { ...given, fits: true }
    if (layer === 'slope' && !given) return { low: 0, high: STEEPEST, fits: true }
    return stretchOf(plane, pixels.valid, percentile, given)
  }
  const range = planes.map((plane, channel) => ({
    ...rangeOf(plane, limits[channel] ?? null),
    unit: expressions[channel]?.single?.unit ?? '',
  }))
  return { planes, range }
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

function paintRamp(
  plane: Float32Array,
  range: Limits,
  ramp: ColourRamp,
  valid: Uint8Array | null,
): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(plane.length * 4)
  for (let pixel = 0; pixel < plane.length; pixel++) {
    if (valid?.[pixel] === 0 || Number.isNaN(plane[pixel]!)) continue
    const place = (plane[pixel]! - range.low) / (range.high - range.low)
    rgba.set(rampColour(ramp, place), pixel * 4)
    rgba[pixel * 4 + 3] = 255
  }
  return rgba
}

/**
 * A small true-colour picture of a patch: mean of the valid pixels under each new one (box filter), then a stretch by
 * percentiles or as given.
 *
 * @param size longest side, pixels; the aspect is kept, and small patches are not enlarged.
 * @param limits red, green, blue in raw units; null: each by its percentiles.
 */
export function thumbnail(
  pixels: PatchPixels,
  size: number,
  limits: readonly Limits[] | null = null,
): RenderedLayer {
  const scale = Math.min(1, size / Math.max(pixels.width, pixels.height))
  const width = Math.max(1, Math.round(pixels.width * scale))
  const height = Math.max(1, Math.round(pixels.height * scale))
  const area = pixels.width * pixels.height
  const valid = new Uint8Array(width * height)
  const planes = compositeBands('true-colour').map(band => {
    const plane = pixels.data.subarray(band * area, (band + 1) * area)
    const small = new Float32Array(width * height)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const mean = boxMean(plane, pixels, x / width, y / height, (x + 1) / width, (y + 1) / height)
        if (mean === null) continue
        small[y * width + x] = mean
        valid[y * width + x] = 1
      }
    }
    return small
  })
  return renderComposite(planes, valid, width, height, 0.02, limits)
}

/** Mean of valid pixels in a box given in shares of the image; null where there are none. */
function boxMean(
  plane: Float32Array,
  pixels: PatchPixels,
  left: number,
  top: number,
  right: number,
  bottom: number,
): number | null {
  const { width, height, valid } = pixels
  const x0 = Math.floor(left * width)
  const y0 = Math.floor(top * height)
  const x1 = Math.max(x0 + 1, Math.ceil(right * width))
  const y1 = Math.max(y0 + 1, Math.ceil(bottom * height))
  let sum = 0
  let count = 0
  for (let y = y0; y < Math.min(y1, height); y++) {
    for (let x = x0; x < Math.min(x1, width); x++) {
      const pixel = y * width + x
      if (valid?.[pixel] === 0) continue
      sum += plane[pixel]!
      count++
    }
  }
  return count > 0 ? sum / count : null
}

export interface RenderedLayer {
  width: number
  height: number
  /** [height, width, 4] uint8, straight alpha; invalid pixels transparent. */
  rgba: Uint8ClampedArray
  /**
   * What the stretch used, in the channel's unit, for the legend: one pair a channel. `fits` false: limits by hand
   * would have left this patch all black or all white, and its percentiles were used.
   */
  range: { low: number; high: number; unit: string; fits?: boolean }[]
}
