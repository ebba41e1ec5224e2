const MAX_BLOCK = 64

/**
 * Chooses the patches that are never trained on: whole blocks of consecutive ids, never at random, since neighbouring
 * ids are neighbouring ground (1-2-3 join into one strip) and would leak.
 *
 * Names are ordered by their last number and cut into runs of at most `MAX_BLOCK` ids without a gap (fewer where the
 * share itself is smaller); blocks are taken evenly over the order until the share is met as nearly as whole blocks
 * allow. Names without a number are scenes of their own. Deterministic: the same names give the same split.
 *
 * @param names patch names ("image_37") in any order.
 * @param share of patches to hold out, 0..1.
 * @returns names held out; empty for fewer than two patches or a share of 0; never all of them.
 */
export function splitHeldOut(names: readonly string[], share: number): Set<string> {
  const ordered = [...new Set(names)]
    .map(name => ({ name, id: idOf(name) }))
    .sort((a, b) => (a.id === b.id ? (a.name < b.name ? -1 : 1) : a.id - b.id))
  const wanted = Math.round(ordered.length * share)
  if (ordered.length < 2 || share <= 0) return new Set()
  const aim = Math.min(Math.max(1, wanted), ordered.length - 1)
  const blocks = cutBlocks(ordered, Math.min(MAX_BLOCK, aim))

  // Bresenham over the ordered blocks: take one whenever the held-out count lags behind its even share.
  const held: string[] = []
  let passed = 0
  const skipped: string[][] = []
  for (const block of blocks) {
    passed += block.length
    const due = (passed * aim) / ordered.length
    if (held.length + block.length / 2 <= due && held.length + block.length < ordered.length)
      held.push(...block)
    else skipped.push(block)
  }
  if (held.length === 0) {
    const smallest = skipped.reduce((a, b) => (b.length < a.length ? b : a))
    held.push(...smallest)
  }
  return new Set(held)
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
