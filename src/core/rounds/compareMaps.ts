import {
  changePicture,
  countDifference,
  type DifferenceCounts,
  type Grid,
  maskDifference,
} from '../masks/compareMasks'
import { labelComponents } from '../masks/components'
import { maskFromProbability } from '../masks/probability'
import { ensembleMean } from './ensemble'

/** Two maps of one patch, each the mean of some models at one threshold; and what an analyst made of the later one. */
export interface ComparedMaps {
  /** Models of the earlier map. */
  before: readonly string[]
  after: readonly string[]
  threshold: number
  /** [height, width] of 0, 1, 255: the mask that was accepted or corrected; null: there is no such verdict. */
  judged: Uint8Array | null
}

/** The later map against the earlier one, or the judged mask against the later map. */
export type Comparison = 'between' | 'against'

export interface MapChange extends DifferenceCounts {
  /** Landslides (8-connected) in the first and the second of the two masks. */
  landslides: readonly [number, number]
}

/** A stored probability, [height, width] 0..1, NaN without data; null: this model did not map the patch. */
export type ReadMap = (modelId: string) => Promise<Float32Array | null>

/** @returns what each comparison counts; null where one of its two masks is missing */
export async function compareMaps(
  read: ReadMap,
  raster: Grid,
  maps: ComparedMaps,
): Promise<Record<Comparison, MapChange | null>> {
  const after = await maskOf(read, maps.after, maps.threshold)
  const before = after && (await maskOf(read, maps.before, maps.threshold))
  return {
    between: before && after && countChange(before, after, raster),
    against: after && maps.judged && countChange(after, maps.judged, raster),
  }
}

/** What changed as codes on a picture's grid, as `changePicture` gives them; null where a mask is missing. */
export async function drawChange(
  read: ReadMap,
  raster: Grid,
  maps: ComparedMaps,
  what: Comparison,
  picture: Grid,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const after = await maskOf(read, maps.after, maps.threshold)
  if (!after) return null
  if (what === 'against') return maps.judged && changePicture(after, maps.judged, raster, picture)
  const before = await maskOf(read, maps.before, maps.threshold)
  return before && changePicture(before, after, raster, picture)
}

async function maskOf(
  read: ReadMap,
  models: readonly string[],
  threshold: number,
): Promise<Uint8Array | null> {
  const found = (await Promise.all(models.map(read))).filter(map => map !== null)
  if (models.length === 0 || found.length < models.length) return null
  // Without data a probability is not a number, which the mask takes for no data: pixels need not be read.
  return maskFromProbability(ensembleMean(found), threshold, null)
}

function countChange(before: Uint8Array, after: Uint8Array, { width, height }: Grid): MapChange {
  const landslides = (mask: Uint8Array) => labelComponents(mask, width, height).count
  return {
    ...countDifference(maskDifference(before, after)),
    landslides: [landslides(before), landslides(after)],
  }
}
