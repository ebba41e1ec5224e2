/**
 * Cuts patches into folds of neighbouring ground: consecutive ids stay together, since they join into strips, and a
 * fold is a run of such blocks in the order of their ids.
 *
 * @param names patch names ("image_37"); those without a number stand alone, at the end.
 * @param folds wanted; the result has fewer where there are fewer blocks.
 * @returns names by fold, at least one in each.
 */
export function blockFolds(names: readonly string[], folds: number): string[][] {
  const ordered = names
    .map(name => ({ name, id: Number(/(\d+)\D*$/.exec(name)?.[1] ?? Number.POSITIVE_INFINITY) }))
    .sort((a, b) => (a.id === b.id ? (a.name < b.name ? -1 : 1) : a.id - b.id))
  const blocks: string[][] = []
  let previous = Number.NaN
  for (const { name, id } of ordered) {
    if (id - previous <= 1) blocks.at(-1)!.push(name)
    else blocks.push([name])
    previous = id
  }
  const byFold = new Map<number, string[]>()
  let passed = 0
  for (const block of blocks) {
    // By the block's middle, so that folds come out about equal.
    const fold = Math.floor(((passed + block.length / 2) * folds) / ordered.length)
    byFold.set(fold, [...(byFold.get(fold) ?? []), ...block])
    passed += block.length
  }
  return [...byFold.values()]
}
