import type { PixelSize } from '../raster/pixelSize'
import type { PixelWindow } from '../raster/rasterSource'
import type { Components } from './components'
import { pixelEntropy } from './probability'

/** What a landslide's mask, terrain and probability say of it. */
export interface Landslide {
  /** 1 for the first in reading order: `Components.labels`. */
  number: number
  window: PixelWindow
  /** Pixels. */
  pixels: number
  /** Square metres in plan; null where the pixel size is not known. */
  area: number | null
  /** Highest less lowest elevation, metres; null without elevation. */
  relief: number | null
  /** Mean of the slope band, degrees; null without slope. */
  meanSlope: number | null
  /** Mean of the ensemble's probability, 0..1; null where it has not predicted. */
  meanProbability: number | null
  /** Mean of the binary entropy of the ensemble's probability, bits 0..1; null where it has not predicted. */
  uncertainty: number | null
  /** Cells of its scene that it lies on, where they are several; its window counts from the one that is asked for. */
  cells?: number
  /** Plan length of the longest way down inside (`downslopePaths`): metres, or pixels where their size is not known. */
  downslope: { length: number; drop: number } | null
}

export interface LandslideSurroundings {
  /** [height, width] metres. */
  elevation: Float32Array
  /** [height, width] degrees. */
  slope: Float32Array
  /** [height, width] of the ensemble, 0..1; null: none yet. */
  probability: Float32Array | null
  /** null: not known. */
  pixelSize: PixelSize | null
}

/**
 * Attributes of every landslide of a mask, in reading order. Values that are not finite are left out of means and
 * ranges. Linear in the pixels.
 */
export function landslideAttributes(
  components: Components,
  { elevation, slope, probability, pixelSize }: LandslideSurroundings,
): Landslide[] {
  const { labels, count, areas, windows } = components
  const slopes = new Means(count)
  const probabilities = new Means(count)
  const entropies = new Means(count)
  const lowest = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const highest = new Float64Array(count).fill(Number.NEGATIVE_INFINITY)
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index]!
    if (label === 0) continue
    const at = label - 1
    const height = elevation[index]!
    if (Number.isFinite(height)) {
      if (height < lowest[at]!) lowest[at] = height
      if (height > highest[at]!) highest[at] = height
    }
    slopes.add(at, slope[index]!)
    if (!probability) continue
    probabilities.add(at, probability[index]!)
    entropies.add(at, pixelEntropy(probability[index]!))
  }
  const paths = downslopePaths(components, elevation, pixelSize ?? { width: 1, height: 1 })
  return windows.map((window, at) => {
    const path = paths[at]
    return {
      number: at + 1,
      window,
      pixels: areas[at]!,
      area: pixelSize && areas[at]! * pixelSize.width * pixelSize.height,
      relief: highest[at]! >= lowest[at]! ? highest[at]! - lowest[at]! : null,
      meanSlope: slopes.of(at),
      meanProbability: probabilities.of(at),
      uncertainty: entropies.of(at),
      downslope: path ? { length: path.length, drop: path.drop } : null,
    }
  })
}

class Means {
  private readonly sums: Float64Array
  private readonly counts: Uint32Array

  constructor(count: number) {
    this.sums = new Float64Array(count)
    this.counts = new Uint32Array(count)
  }

  add(at: number, value: number): void {
    if (!Number.isFinite(value)) return
    this.sums[at]! += value
    this.counts[at]!++
  }

  of(at: number): number | null {
    return this.counts[at]! > 0 ? this.sums[at]! / this.counts[at]! : null
  }
}

export type LandslideOrder = 'area' | 'uncertainty' | 'probability' | 'position'

/** A new list: largest first, least certain first, least likely first, or in reading order. Ties keep that order. */
export function orderLandslides(landslides: readonly Landslide[], order: LandslideOrder): Landslide[] {
  const key: Record<LandslideOrder, (landslide: Landslide) => number> = {
    area: ({ pixels }) => -pixels,
    uncertainty: ({ uncertainty }) => -(uncertainty ?? -1),
    probability: ({ meanProbability }) => meanProbability ?? 2,
    position: ({ number }) => number,
  }
  return [...landslides].sort((a, b) => key[order](a) - key[order](b))
}

export interface DownslopePath {
  /** Plan length, in the unit of the pixel size: metres, or pixels where a pixel counts as 1 x 1. */
  length: number
  /** Elevation of its first pixel less that of its last, metres. */
  drop: number
  /** Row-major indices of its pixels from the top down. */
  pixels: number[]
}

const COLUMNS = [1, 1, 0, -1, -1, -1, 0, 1]

const ROWS = [0, 1, 1, 1, 0, -1, -1, -1]

const UNKNOWN = -1

/** Nothing lower beside it. */
const END = -1

/**
 * The longest way down inside each landslide.
 *
 * From a pixel the way goes to that one of the eight neighbours *in the same landslide* to which elevation falls most
 * steeply (drop over plan distance between pixel centres, D8: O'Callaghan and Mark 1984; of equals the first, clockwise
 * from east), until none is lower: pits and flats end it, nothing is filled. A way's length is the sum of the plan
 * distances between the centres of its pixels, not the length along the slope. The longest is given, of equals the one
 * that begins first in reading order. Linear in the pixels: each is walked once.
 *
 * @param elevation [height, width] metres; a pixel that is not finite lies on no way
 * @param pixel ground size; 1 x 1 for lengths in pixels (the ways are the same as long as pixels are square)
 * @returns by landslide number - 1; null where none of its pixels has an elevation; one pixel alone has length 0
 */
export function downslopePaths(
  { labels, width, height, count }: Components,
  elevation: Float32Array,
  pixel: PixelSize,
): (DownslopePath | null)[] {
  const distances = COLUMNS.map((column, side) =>
    Math.hypot(column * pixel.width, ROWS[side]! * pixel.height),
  )
  const offsets = COLUMNS.map((column, side) => ROWS[side]! * width + column)
  const sides = new Int8Array(labels.length)
  const lengths = new Float64Array(labels.length).fill(UNKNOWN)
  const first = new Int32Array(count).fill(UNKNOWN)

  const steepest = (index: number): number => {
    const here = elevation[index]!
    const label = labels[index]
    const column = index % width
    let most = 0
    let found = END
    for (let side = 0; side < 8; side++) {
      const to = index + offsets[side]!
      const beside = column + COLUMNS[side]!
      if (beside < 0 || beside >= width || labels[to] !== label) continue
      // NaN compares as false: such a neighbour is never lower.
      const fall = (here - elevation[to]!) / distances[side]!
      if (fall > most) {
        most = fall
        found = side
      }
    }
    return found
  }

  const way: number[] = []
  for (let start = 0; start < width * height; start++) {
    const label = labels[start]!
    if (label === 0 || !Number.isFinite(elevation[start]!)) continue
    // Down to the end, or to where a length is known; then back up, adding.
    let at = start
    while (lengths[at] === UNKNOWN) {
      const side = steepest(at)
      sides[at] = side
      if (side === END) lengths[at] = 0
      else {
        way.push(at)
        at += offsets[side]!
      }
    }
    let length = lengths[at]!
    while (way.length > 0) {
      const above = way.pop()!
      length += distances[sides[above]!]!
      lengths[above] = length
    }
    const best = first[label - 1]!
    if (best === UNKNOWN || lengths[start]! > lengths[best]!) first[label - 1] = start
  }

  return Array.from(first, top => {
    if (top === UNKNOWN) return null
    const pixels = [top]
    let at = top
    while (sides[at] !== END) {
      at += offsets[sides[at]!]!
      pixels.push(at)
    }
    return { length: lengths[top]!, drop: elevation[top]! - elevation[pixels.at(-1)!]!, pixels }
  })
}
