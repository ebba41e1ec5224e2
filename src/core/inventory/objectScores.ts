import { labelComponents } from '../masks/components'
import { IGNORE, LANDSLIDE } from '../patches/patch'

/** How many landslides of a truth and of a map fall into each class of agreement. */
export interface ObjectCounts {
  /** Landslides of the truth, each in one of these. */
  truth: { matched: number; split: number; merged: number; missed: number }
  /** Landslides of the map, each in one of these. */
  mapped: { matched: number; splitting: number; merging: number; fragment: number; false: number }
}

export interface ObjectScores extends ObjectCounts {
  /** Share of the overlap that the rule asks for. */
  overlap: number
  /** Share of the truth's landslides that are not missed, and of the map's that are not false; null where there are none. */
  recall: number | null
  precision: number | null
}

export const DEFAULT_OVERLAP = 0.5

export function noObjects(): ObjectCounts {
  return {
    truth: { matched: 0, split: 0, merged: 0, missed: 0 },
    mapped: { matched: 0, splitting: 0, merging: 0, fragment: 0, false: 0 },
  }
}

export function addObjects(a: ObjectCounts, b: ObjectCounts): ObjectCounts {
  const sum = <Key extends string>(one: Record<Key, number>, other: Record<Key, number>) =>
    Object.fromEntries(Object.keys(one).map(key => [key, one[key as Key] + other[key as Key]])) as Record<
      Key,
      number
    >
  return { truth: sum(a.truth, b.truth), mapped: sum(a.mapped, b.mapped) }
}

/**
 * Compares the landslides of a map with those of a truth one by one, by the classes of Hoover et al. (1996, section 4.1:
 * correct detection, over-segmentation, under-segmentation, missed, noise), with their rule: a share of the pixels of one
 * region that lies in another has to be more than `overlap`, which is half or more, so that no region fits twice.
 *
 * - matched: one of each, more than that of either in the other;
 * - split: several of the map, each with more than that of itself in one of the truth, and together more than that of it;
 * - merged: one of the map in the same way over several of the truth;
 * - missed: the truth's others; false: the map's others. One that lies in a landslide of the truth but is too small a part
 *   of it, or a part beside its match, is a fragment and not false: Hoover counts it as noise.
 *
 * Landslides are 8-connected. Pixels that the truth ignores are left out of both, so that one may be cut by them.
 *
 * @param prediction [height, width], 1 landslide, anything else not
 * @param truth [height, width] of 0, 1, 255
 * @param overlap 0.5 to below 1
 */
export function compareObjects(
  prediction: Uint8Array,
  truth: Uint8Array,
  width: number,
  height: number,
  overlap = DEFAULT_OVERLAP,
): ObjectCounts {
  const seen = prediction.map((value, i) => (value === LANDSLIDE && truth[i] !== IGNORE ? LANDSLIDE : 0))
  const ours = labelComponents(seen, width, height)
  const theirs = labelComponents(truth, width, height)
  const pairs = overlapsOf(ours.labels, theirs.labels, ours.count)
  const counts = noObjects()
  /** Class of each, by number - 1; undefined: none yet. */
  const mapped: (keyof ObjectCounts['mapped'] | undefined)[] = new Array(ours.count)
  const found: (keyof ObjectCounts['truth'] | undefined)[] = new Array(theirs.count)
  // Those of which most lies in the other, by the other.
  const inTruth = new Map<number, Overlap[]>()
  const inMapped = new Map<number, Overlap[]>()
  for (const pair of pairs) {
    const isMostlyIn = pair.pixels > overlap * ours.areas[pair.ours - 1]!
    const hasMostly = pair.pixels > overlap * theirs.areas[pair.theirs - 1]!
    if (isMostlyIn && hasMostly) {
      mapped[pair.ours - 1] = 'matched'
      found[pair.theirs - 1] = 'matched'
    }
    if (isMostlyIn) listed(inTruth, pair.theirs).push(pair)
    if (hasMostly) listed(inMapped, pair.ours).push(pair)
  }
  const pixelsOf = (parts: readonly Overlap[]) => parts.reduce((sum, { pixels }) => sum + pixels, 0)
  for (const [number, parts] of inTruth) {
    if (found[number - 1] || !(pixelsOf(parts) > overlap * theirs.areas[number - 1]!)) continue
    found[number - 1] = 'split'
    for (const part of parts) mapped[part.ours - 1] = 'splitting'
  }
  for (const [number, parts] of inMapped) {
    if (mapped[number - 1] || !(pixelsOf(parts) > overlap * ours.areas[number - 1]!)) continue
    mapped[number - 1] = 'merging'
    for (const part of parts) found[part.theirs - 1] ??= 'merged'
  }
  for (const parts of inTruth.values()) for (const part of parts) mapped[part.ours - 1] ??= 'fragment'
  for (let i = 0; i < theirs.count; i++) counts.truth[found[i] ?? 'missed']++
  for (let i = 0; i < ours.count; i++) counts.mapped[mapped[i] ?? 'false']++
  return counts
}

/** Scores of pooled counts. */
export function objectScores(counts: ObjectCounts, overlap = DEFAULT_OVERLAP): ObjectScores {
  const total = (part: Record<string, number>) => Object.values(part).reduce((sum, count) => sum + count, 0)
  const share = (faults: number, all: number) => (all === 0 ? null : 1 - faults / all)
  return {
    ...counts,
    overlap,
    recall: share(counts.truth.missed, total(counts.truth)),
    precision: share(counts.mapped.false, total(counts.mapped)),
  }
}

interface Overlap {
  ours: number
  theirs: number
  pixels: number
}

function overlapsOf(ours: Int32Array, theirs: Int32Array, count: number): Overlap[] {
  const pixels = new Map<number, number>()
  for (let i = 0; i < ours.length; i++) {
    if (ours[i] === 0 || theirs[i] === 0) continue
    // Numbers of both are below 2^31 and their product below 2^53 for any mask that fits in memory.
    const key = theirs[i]! * (count + 1) + ours[i]!
    pixels.set(key, (pixels.get(key) ?? 0) + 1)
  }
  return [...pixels].map(([key, shared]) => ({
    ours: key % (count + 1),
    theirs: Math.floor(key / (count + 1)),
    pixels: shared,
  }))
}

function listed(lists: Map<number, Overlap[]>, number: number): Overlap[] {
  const list = lists.get(number) ?? []
  lists.set(number, list)
  return list
}
