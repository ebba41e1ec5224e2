import type { Georeference } from '../raster/rasterSource'
import { farPatches } from './farPatches'
import { type BandStatistics, emptyStatistics, mergeStatistics, type PatchSpread } from './statistics'

/** What the statistics of a set need of one of its patches. */
export interface SetPatch {
  /** "image_37": the number at its end is its place in the scan. */
  name: string
  width: number
  height: number
  georeference: Georeference | null
  statistics: BandStatistics
}

/**
 * What the statistics of an event are made of (for `setStatistics`): its patches in their order, then the samples of its
 * scenes (`sampleScene`) by the scenes' names, in whatever order they were added.
 */
export function eventSet(
  patches: readonly SetPatch[],
  scenes: readonly { name: string; samples: readonly SetPatch[] }[],
): SetPatch[] {
  const sorted = [...scenes].sort((a, b) => Number(a.name > b.name) - Number(a.name < b.name))
  return [...patches, ...sorted.flatMap(({ samples }) => samples)]
}

/** Pixels of a patch of the competition. */
const PATCH_AREA = 128 * 128

/**
 * Correlation of the mean of a patch with that of its neighbour. Over the 14 bands of the strips 1-2-3 and 40-41 of
 * Landslide4Sense it is 0.98, 0.74 and 0.93.
 */
const NEIGHBOUR_CORRELATION = 0.88

/** As many pairs of neighbours does `NEIGHBOUR_CORRELATION` count for beside those that the set itself has. */
const ASSUMED_PAIRS = 8

/** Relative to a band's squared mean, what rounding makes of equal means: of a band that was filled in nothing is learned. */
const ROUNDING = 1e-24

/** A correlation of 1 would make any set one patch. */
const LARGEST_CORRELATION = 0.98

/** Correlations below this are taken as none. */
const NEGLIGIBLE = 1e-3

/** Sides of a patch between two that touch, and what rounding adds. */
const TOUCHING = 1.01

/**
 * Statistics of a set of patches: their pixels together, and how the patches spread. One that is unlike every other
 * (`farPatches`) is left out.
 *
 * The correlation of two patches is r^d at a distance of d patches (a first-order autoregressive process): of
 * georeferenced ones in one coordinate reference system by their centres, else by the numbers in their names, where
 * those of the competition are their places in the scan. r is measured on the pairs that touch (d of 1) and mixed
 * with what real strips show. Then, with areas a, the variance of the set's mean is s^2 sum(a_i a_j r_ij) / (sum a)^2,
 * so that the set counts as (sum a)^2 / sum(a_i a_j r_ij) independent patches (Kish, Survey Sampling, 1965, for
 * weights; Bayley and Hammersley 1946 for correlation), and s^2 is the weighted mean square of the patches' deviations
 * over 1 - 1 / independent.
 */
export function setStatistics(patches: readonly SetPatch[], bandCount?: number): BandStatistics {
  const far = new Set(farPatches(patches))
  const filled = patches.filter(({ statistics }, index) => statistics.count > 0 && !far.has(index))
  const whole = filled.reduce(
    (all, { statistics }) => mergeStatistics(all, statistics),
    emptyStatistics(bandCount),
  )
  if (filled.length === 0) return whole
  const areas = filled.map(({ statistics }) => statistics.count / PATCH_AREA)
  const means = filled.map(({ statistics }) => statistics.mean)
  const places = placesOf(filled)
  const independent = independentPatches(areas, places, neighbourCorrelation(places, means))
  const spread: PatchSpread = {
    patches: filled.length,
    independent,
    meanVariance: variances(means, areas, whole.mean, independent),
  }
  return { ...whole, spread }
}

/** Variance between patches; 0 where there is but one. */
function variances(
  values: readonly number[][],
  areas: readonly number[],
  centre: readonly number[],
  independent: number,
): number[] {
  const area = areas.reduce((sum, a) => sum + a, 0)
  const correction = 1 - 1 / independent
  return centre.map((mean, band) => {
    if (!(correction > 0)) return 0
    let squares = 0
    for (const [i, value] of values.entries()) squares += areas[i]! * (value[band]! - mean) ** 2
    return squares / area / correction
  })
}

/** Patches whose distances to each other are known, by the direction along which they are sorted. */
type Places = { index: number; x: number; y: number }[][]

function placesOf(patches: readonly SetPatch[]): Places {
  const groups = new Map<string, Places[number]>()
  for (const [index, patch] of patches.entries()) {
    const place = placeOf(patch)
    if (!place) continue
    const group = groups.get(place.group)
    if (group) group.push({ index, ...place })
    else groups.set(place.group, [{ index, ...place }])
  }
  for (const group of groups.values()) group.sort((a, b) => a.x - b.x)
  return [...groups.values()]
}

/** Calls for every pair of patches that are at most so far apart, in sides of a patch. */
function eachPair(places: Places, farthest: number, visit: (a: number, b: number, distance: number) => void) {
  for (const group of places) {
    for (const [i, a] of group.entries()) {
      for (let j = i + 1; j < group.length; j++) {
        const b = group[j]!
        if (b.x - a.x > farthest) break
        const distance = Math.hypot(b.x - a.x, b.y - a.y)
        if (distance <= farthest) visit(a.index, b.index, distance)
      }
    }
  }
}

/** Where a patch lies, in sides of a patch; null: nobody knows. */
function placeOf({
  name,
  width,
  height,
  georeference,
}: SetPatch): { group: string; x: number; y: number } | null {
  const transform = georeference?.transform
  if (georeference?.crs && transform) {
    const [x0, xColumn, xRow, y0, yColumn, yRow] = transform
    const side = 128 * Math.hypot(xColumn, yColumn)
    if (!(side > 0)) return null
    const [column, row] = [width / 2, height / 2]
    return {
      group: `crs ${georeference.crs}`,
      x: (x0 + column * xColumn + row * xRow) / side,
      y: (y0 + column * yColumn + row * yRow) / side,
    }
  }
  const number = /^(.*?)(\d{1,9})$/.exec(name)
  return number && { group: `name ${number[1]}`, x: Number(number[2]), y: 0 }
}

/** r of two patches that touch, 0 to `LARGEST_CORRELATION`. */
function neighbourCorrelation(places: Places, means: readonly number[][]): number {
  const pairs: [number, number][] = []
  eachPair(places, TOUCHING, (a, b) => pairs.push([a, b]))
  let measured = 0
  let counted = 0
  for (const band of means[0]!.keys()) {
    const mean = means.reduce((sum, value) => sum + value[band]!, 0) / means.length
    const variance =
      means.reduce((sum, value) => sum + (value[band]! - mean) ** 2, 0) / Math.max(1, means.length - 1)
    if (!(variance > ROUNDING * mean ** 2) || pairs.length === 0) continue
    let halfSquares = 0
    for (const [a, b] of pairs) halfSquares += (means[a]![band]! - means[b]![band]!) ** 2 / 2
    measured += 1 - halfSquares / pairs.length / variance
    counted++
  }
  if (counted === 0) return NEIGHBOUR_CORRELATION
  const known = pairs.length
  const mixed =
    (ASSUMED_PAIRS * NEIGHBOUR_CORRELATION + (known * measured) / counted) / (ASSUMED_PAIRS + known)
  return Math.min(LARGEST_CORRELATION, Math.max(0, mixed))
}

/** (sum a)^2 / sum(a_i a_j r_ij). */
function independentPatches(areas: readonly number[], places: Places, correlation: number): number {
  const area = areas.reduce((sum, a) => sum + a, 0)
  let together = 0
  for (const a of areas) together += a * a * correlationWithin(a, correlation)
  if (correlation > NEGLIGIBLE) {
    const farthest = Math.log(NEGLIGIBLE) / Math.log(correlation)
    eachPair(places, farthest, (a, b, distance) => {
      together += 2 * areas[a]! * areas[b]! * correlation ** Math.max(distance, 1)
    })
  }
  return Math.max(1, (area * area) / together)
}

/**
 * Mean correlation of the patches of one raster: 1 up to the size of a patch; of a large one, the integral of r^d over
 * the plane, 2 pi / (ln r)^2 patches, over its area.
 */
function correlationWithin(area: number, correlation: number): number {
  if (area <= 1 || correlation <= 0) return area <= 1 ? 1 : 1 / area
  const alike = (2 * Math.PI) / Math.log(correlation) ** 2
  return Math.max(1 / area, 1 / (1 + (area - 1) / alike))
}
