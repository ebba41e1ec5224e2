import { AppError } from '../foundation/appError'
import { type Random, randomStream } from '../foundation/random'
import { AUDIT_STRATA, noStratumPixels, type StratumPixels } from './auditDesign'
import type { AuditPoint, AuditStratum } from './pointAudit'

/** A pixel that no stratum has: without data, or ignored by the map. */
export const NO_STRATUM = 255

/** What the strata of a patch are read from, all [height, width]. */
export interface AuditMap {
  /** 0, 1, 255: ignored pixels are in no stratum. */
  mask: Uint8Array
  /** Between the networks, 0..1, NaN without data; null: one network, or none. */
  disagreement: Float32Array | null
  /** 0 where a pixel has no data; null: all have. */
  valid: Uint8Array | null
}

/**
 * The stratum of every pixel of a patch as its index in `AUDIT_STRATA`, 255 for none. What the map says, except where the
 * networks disagree: there the third, whatever the map says.
 *
 * @param disagreementFrom disagreement from which a pixel is in the third stratum; null: there is none.
 * @returns [height, width] uint8
 */
export function auditStrata(
  { mask, disagreement, valid }: AuditMap,
  disagreementFrom: number | null,
): Uint8Array {
  const strata = new Uint8Array(mask.length)
  for (let i = 0; i < mask.length; i++) {
    if (valid?.[i] === 0 || mask[i]! > 1) strata[i] = NO_STRATUM
    else if (disagreementFrom !== null && disagreement && disagreement[i]! >= disagreementFrom) strata[i] = 2
    else strata[i] = mask[i] === 1 ? 0 : 1
  }
  return strata
}

/** How many pixels of each stratum there are. @param strata as `auditStrata` gives them */
export function countStrata(strata: Uint8Array): StratumPixels {
  const counts = [0, 0, 0]
  for (const stratum of strata) if (stratum < counts.length) counts[stratum]!++
  const pixels = noStratumPixels()
  for (const [code, stratum] of AUDIT_STRATA.entries()) pixels[stratum] = counts[code]!
  return pixels
}

/** A point before its patch is read: the `rank`-th pixel of its stratum there, from 0 in reading order. */
export interface DrawnPoint {
  number: number
  stratum: AuditStratum
  rank: number
}

/**
 * Draws points from an event without holding it: a simple random sample without replacement of each stratum over all
 * patches together, every pixel of a stratum with the same chance. First pass: count the strata of every patch. Second:
 * `placePoints` on the patches that points fell on. The same patches, counts, sizes and seed give the same points, in
 * whatever order the patches were read. Strata are mixed at random, so that neither the order nor a pause tells anything.
 *
 * @param counts pixels of each stratum by patch
 * @param sizes points of each stratum, at most the pixels that it has
 * @returns points by patch; patches without any are left out.
 * @throws AppError `bad-argument` where a stratum has fewer pixels than points are wanted.
 */
export function drawPoints(
  counts: ReadonlyMap<string, StratumPixels>,
  sizes: StratumPixels,
  seed: number,
): Map<string, DrawnPoint[]> {
  const patches = [...counts.keys()].sort()
  const drawn = AUDIT_STRATA.flatMap(stratum => {
    const random = randomStream(seed, 'audit-points', stratum)
    const total = patches.reduce((sum, id) => sum + counts.get(id)![stratum], 0)
    let [patch, before] = [0, 0]
    return ranksWithoutReplacement(total, sizes[stratum], random).map(rank => {
      while (rank - before >= counts.get(patches[patch]!)![stratum]) {
        before += counts.get(patches[patch]!)![stratum]
        patch++
      }
      return { patchId: patches[patch]!, stratum, rank: rank - before }
    })
  })
  const points = new Map<string, DrawnPoint[]>()
  for (const [index, { patchId, ...point }] of randomStream(seed, 'audit-order').shuffle(drawn).entries()) {
    points.set(patchId, [...(points.get(patchId) ?? []), { number: index + 1, ...point }])
  }
  return points
}

/** `size` of the numbers 0 to `total` - 1, ascending (Floyd's algorithm, Bentley and Floyd 1987). */
function ranksWithoutReplacement(total: number, size: number, random: Random): number[] {
  if (size > total) {
    throw new AppError(
      'bad-argument',
      `There are ${total} pixels to draw ${size} points from: ask for fewer.`,
    )
  }
  const ranks = new Set<number>()
  for (let last = total - size; last < total; last++) {
    const rank = random.integer(0, last)
    ranks.add(ranks.has(rank) ? last : rank)
  }
  return [...ranks].sort((a, b) => a - b)
}

/**
 * The pixels of the points that fell on a patch.
 *
 * @param strata of the patch, as when they were counted
 * @param width of the patch, pixels
 * @throws AppError `bad-argument` where the patch's map has changed since it was counted.
 */
export function placePoints(
  patchId: string,
  drawn: readonly DrawnPoint[],
  strata: Uint8Array,
  width: number,
): AuditPoint[] {
  const points: AuditPoint[] = []
  for (const [code, stratum] of AUDIT_STRATA.entries()) {
    const wanted = drawn.filter(point => point.stratum === stratum).sort((a, b) => a.rank - b.rank)
    let [next, seen] = [0, 0]
    for (let pixel = 0; pixel < strata.length && next < wanted.length; pixel++) {
      if (strata[pixel] !== code || seen++ < wanted[next]!.rank) continue
      const [column, row] = [pixel % width, Math.floor(pixel / width)]
      points.push({ number: wanted[next++]!.number, patchId, column, row, stratum })
    }
  }
  if (points.length < drawn.length) {
    throw new AppError('bad-argument', 'The map changed while points were drawn. Draw them again.')
  }
  return points
}
