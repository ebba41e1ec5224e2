import type { BaseLayer, RenderedLayer } from '../../worker/protocol'
import { BANDS, DEM_BAND, SLOPE_BAND } from './bands'
import { rampColour, VIRIDIS, YELLOW_BROWN } from './colourRamp'
import { hillshade } from './hillshade'
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
  /** Metres per pixel, for the hillshade. */
  cellSize?: number
}

/**
 * Draws a layer of a patch: composites with a percentile stretch a channel, hillshade, slope from 0 to 60 degrees,
 * elevation by percentiles.
 *
 * @param pixels data [14, height, width] in raw units.
 * @returns [height, width, 4] straight RGBA; invalid pixels transparent; `range` is what each channel was stretched to.
 */
export function renderLayer(
  pixels: PatchPixels,
  layer: BaseLayer,
  options: RenderOptions = {},
): RenderedLayer {
  const { percentile = 0.02, cellSize = 10 } = options
  const { width, height, valid } = pixels
  const area = width * height
  const plane = (band: number) => pixels.data.subarray(band * area, (band + 1) * area)
  switch (layer) {
    case 'hillshade': {
      const shade = hillshade(plane(DEM_BAND), valid, width, height, cellSize)
      const range = { low: 0, high: 1 }
      return {
        width,
        height,
        rgba: paint([shade, shade, shade], [range, range, range], valid),
        range: [{ ...range, unit: 'illumination' }],
      }
    }
    case 'slope': {
      const range = { low: 0, high: STEEPEST }
      return ramp(plane(SLOPE_BAND), range, YELLOW_BROWN, pixels, BANDS[SLOPE_BAND]!.unit)
    }
    case 'elevation': {
      const range = percentileRange(plane(DEM_BAND), valid, percentile)
      return ramp(plane(DEM_BAND), range, VIRIDIS, pixels, BANDS[DEM_BAND]!.unit)
    }
    default: {
      const bands = COMPOSITES[layer]
      const planes = bands.map(plane)
      return renderComposite(planes, valid, width, height, percentile)
    }
  }
}

/** Three planes as red, green and blue, each stretched by its own percentiles. */
export function renderComposite(
  planes: readonly Float32Array[],
  valid: Uint8Array | null,
  width: number,
  height: number,
  percentile: number,
): RenderedLayer {
  const ranges = planes.map(plane => percentileRange(plane, valid, percentile))
  return {
    width,
    height,
    rgba: paint(planes, ranges, valid),
    range: ranges.map(range => ({ ...range, unit: BANDS[0]!.unit })),
  }
}

function paint(
  planes: readonly Float32Array[],
  ranges: readonly { low: number; high: number }[],
  valid: Uint8Array | null,
): Uint8ClampedArray {
  const area = planes[0]!.length
  const rgba = new Uint8ClampedArray(area * 4)
  for (const [channel, plane] of planes.entries()) {
    const { low, high } = ranges[channel]!
    const gain = 255 / (high - low)
    for (let pixel = 0; pixel < area; pixel++) {
      if (valid?.[pixel] !== 0) rgba[pixel * 4 + channel] = (plane[pixel]! - low) * gain
    }
  }
  for (let pixel = 0; pixel < area; pixel++) if (valid?.[pixel] !== 0) rgba[pixel * 4 + 3] = 255
  return rgba
}

function ramp(
  plane: Float32Array,
  range: { low: number; high: number },
  stops: typeof VIRIDIS,
  pixels: PatchPixels,
  unit: string,
): RenderedLayer {
  const { width, height, valid } = pixels
  const table = Array.from({ length: 256 }, (_, step) => rampColour(stops, step / 255))
  const rgba = new Uint8ClampedArray(plane.length * 4)
  for (let pixel = 0; pixel < plane.length; pixel++) {
    if (valid?.[pixel] === 0) continue
    const place = (plane[pixel]! - range.low) / (range.high - range.low)
    const colour = table[Math.round(Math.min(1, Math.max(0, place)) * 255)]!
    rgba.set(colour, pixel * 4)
    rgba[pixel * 4 + 3] = 255
  }
  return { width, height, rgba, range: [{ ...range, unit }] }
}
