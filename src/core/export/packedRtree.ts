import type { Box } from '../scenes/polygons'

/** Cells of a node: SQLite's own limit, so that its size fits any page. */
const MOST_CELLS = 51
const CELL_BYTES = 24
/** What SQLite gives nodes of two dimensions on pages of 2 KB and more; every node has that length. */
const NODE_BYTES = 4 + MOST_CELLS * CELL_BYTES
const ROOT = 1

/** The rows of the three tables behind an R*Tree of SQLite. */
export interface RtreeTables {
  nodes: { node: number; data: Uint8Array<ArrayBuffer> }[]
  /** Leaf of a feature. */
  rowids: { row: number; node: number }[]
  parents: { node: number; parent: number }[]
}

interface Entry {
  /** Of the feature, or the node below. */
  id: number
  /** left, right, bottom, top: float32 around the box. */
  bounds: readonly [number, number, number, number]
}

/**
 * An R*Tree of two dimensions as SQLite stores it (sqlite.org/rtree.html, "Shadow tables"; rtree.c), packed as `inTiles`
 * orders it: sql.js is built without the module that would make it, and a tree made at once is smaller
 * and quicker than one grown row by row.
 */
export function packedRtree(boxes: readonly { row: number; box: Box }[]): RtreeTables {
  const tables: RtreeTables = { nodes: [], rowids: [], parents: [] }
  let entries: Entry[] = boxes.map(({ row, box: [left, bottom, right, top] }) => ({
    id: row,
    bounds: [below(left), above(right), below(bottom), above(top)],
  }))
  let next = ROOT + 1
  for (let depth = 0; ; depth++) {
    const groups = tiles(entries)
    const isRoot = groups.length <= 1
    entries = (isRoot ? [entries] : groups).map(group => {
      const node = isRoot ? ROOT : next++
      tables.nodes.push({ node, data: nodeBytes(group, isRoot ? depth : 0) })
      for (const { id } of group) {
        if (depth === 0) tables.rowids.push({ row: id, node })
        else tables.parents.push({ node: id, parent: node })
      }
      return { id: node, bounds: around(group) }
    })
    if (isRoot) return tables
  }
}

/** Groups of up to `MOST_CELLS` neighbours. */
function tiles(entries: readonly Entry[]): Entry[][] {
  const ordered = inTiles(
    entries.map(entry => {
      const [left, right, bottom, top] = entry.bounds
      return { row: entry.id, box: [left, bottom, right, top] as const, entry }
    }),
    MOST_CELLS,
  )
  const groups: Entry[][] = []
  for (let i = 0; i < ordered.length; i += MOST_CELLS) {
    groups.push(ordered.slice(i, i + MOST_CELLS).map(({ entry }) => entry))
  }
  return groups
}

/**
 * Puts boxes in an order in which every `size` of them are neighbours: columns of whole groups by x, each from the bottom up
 * (sort-tile-recursive, Leutenegger 1997).
 */
export function inTiles<Item extends { row: number; box: Box }>(
  items: readonly Item[],
  size: number,
): Item[] {
  const byX = items.toSorted((a, b) => a.box[0] + a.box[2] - b.box[0] - b.box[2] || a.row - b.row)
  const perColumn = Math.ceil(Math.sqrt(items.length / size)) * size
  const ordered: Item[] = []
  for (let i = 0; i < byX.length; i += perColumn) {
    const column = byX.slice(i, i + perColumn)
    column.sort((a, b) => a.box[1] + a.box[3] - b.box[1] - b.box[3] || a.row - b.row)
    for (const item of column) ordered.push(item)
  }
  return ordered
}

function around(entries: readonly Entry[]): Entry['bounds'] {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity]
  for (const { bounds } of entries) {
    left = Math.min(left, bounds[0])
    right = Math.max(right, bounds[1])
    bottom = Math.min(bottom, bounds[2])
    top = Math.max(top, bounds[3])
  }
  return [left, right, bottom, top]
}

/** Big-endian: the tree's depth (root only), the number of cells, then id and bounds of each. */
function nodeBytes(entries: readonly Entry[], depth: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(NODE_BYTES))
  view.setUint16(0, depth)
  view.setUint16(2, entries.length)
  entries.forEach(({ id, bounds }, i) => {
    const at = 4 + i * CELL_BYTES
    view.setBigInt64(at, BigInt(id))
    bounds.forEach((value, k) => {
      view.setFloat32(at + 8 + 4 * k, value)
    })
  })
  return new Uint8Array(view.buffer)
}

/** Relative step from one float32 to the next or the one after, as SQLite takes it. */
const STEP = 2 ** -23

/** The float32 at or below a number. */
function below(value: number): number {
  const rounded = Math.fround(value)
  return rounded > value ? Math.fround(value * (value < 0 ? 1 + STEP : 1 - STEP)) : rounded
}

function above(value: number): number {
  return -below(-value)
}
