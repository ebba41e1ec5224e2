const MAX_BLOCK = 64

/**
 * Chooses the patches that are never trained on: whole blocks of consecutive ids, never at random, since neighbouring
 * ids are neighbouring ground (1-2-3 join into one strip) and would leak.
 *
 * Names are ordered by their last number and cut into runs of at most `MAX_BLOCK` ids without a gap (fewer where the
 * share itself is smaller); blocks are taken evenly over the order until the share is met as nearly as whole blocks
 * allow. Where the taking begins is free: it begins where the share of landslide pixels held out comes nearest to the
 * share of patches, so that a small set is not scored on empty patches. Names without a number are scenes of their
 * own, and so are all where they make a single run, or nothing could be held out. Deterministic: the same names and counts give the same split.
 *
 * @param names patch names ("image_37") in any order.
 * @param share of patches to hold out, 0..1.
 * @param landslidePixels labelled landslide pixels by name; without it every patch counts alike.
 * @returns names held out; empty for fewer than two patches or a share of 0; never all of them.
 */
export function splitHeldOut(
  names: readonly string[],
  share: number,
  landslidePixels?: ReadonlyMap<string, number>,
): Set<string> {
  const ordered = [...new Set(names)]
    .map(name => ({ name, id: idOf(name) }))
    .sort((a, b) => (a.id === b.id ? (a.name < b.name ? -1 : 1) : a.id - b.id))
  if (ordered.length < 2 || share <= 0) return new Set()
  const aim = Math.min(Math.max(1, Math.round(ordered.length * share)), ordered.length - 1)
  const runs = cutBlocks(ordered, Math.min(MAX_BLOCK, aim))
  // A number that all names share ("_14band") says nothing of where they lie.
  const blocks = runs.length > 1 ? runs : ordered.map(({ name }) => [name])

  const landslides = (block: readonly string[]) =>
    block.reduce((sum, name) => sum + (landslidePixels?.get(name) ?? 0), 0)
  const wanted = share * blocks.reduce((sum, block) => sum + landslides(block), 0)
  let best = takeEvenly(blocks, aim, ordered.length, 0)
  let missed = Math.abs(landslides(best) - wanted)
  const period = landslidePixels ? Math.ceil(ordered.length / aim) : 1
  for (let start = 1; start < period; start++) {
    const held = takeEvenly(blocks, aim, ordered.length, start)
    const miss = Math.abs(landslides(held) - wanted)
    if (held.length > 0 && miss < missed) [best, missed] = [held, miss]
  }
  if (best.length === 0) best = blocks.reduce((a, b) => (b.length < a.length ? b : a))
  return new Set(best)
}

/** Bresenham over the ordered blocks: takes one whenever the held-out count lags behind its even share. */
function takeEvenly(blocks: readonly string[][], aim: number, total: number, start: number): string[] {
  const held: string[] = []
  let passed = start
  for (const block of blocks) {
    passed += block.length
    const due = (passed * aim) / total
    if (held.length + block.length / 2 <= due && held.length + block.length < total) held.push(...block)
  }
  return held
}

function idOf(name: string): number {
  const digits = /(\d+)\D*$/.exec(name)?.[1]
  return digits === undefined ? Number.POSITIVE_INFINITY : Number(digits)
}

function cutBlocks(ordered: readonly { name: string; id: number }[], blockSize: number): string[][] {
  const blocks: string[][] = []
  let previous = Number.NaN
  for (const { name, id } of ordered) {
    const block = blocks.at(-1)
    // Infinity minus Infinity is not a number: names without one never join. Equal ids (patches of two sources) and consecutive ones may touch: they stay together.
    if (block && id - previous <= 1 && (block.length < blockSize || id === previous)) block.push(name)
    else blocks.push([name])
    previous = id
  }
  return blocks
}
