import type { PixelWindow } from '../raster/rasterSource'
import type { Components } from './components'
import { downslopePaths } from './downslopePaths'
import type { PixelSize } from './pixelSize'
import { pixelEntropy } from './uncertainty'

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
  /** Mean of the binary entropy of the ensemble's probability, bits 0..1; null likewise. */
  uncertainty: number | null
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
