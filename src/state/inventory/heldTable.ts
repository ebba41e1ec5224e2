import {
  EMPTY_TABLE,
  firstPixelOf,
  type InventoryTable,
  joinTables,
  rowAt,
  rowsOfRasters,
} from '../../core/inventory/inventoryTable'
import {
  type AreaBin,
  areaHistogram,
  filteredRows,
  sortedRows,
  type TableFilter,
  type TableSort,
  type Totals,
  totalsOf,
} from '../../core/inventory/tableRows'

/** What of the table is on screen. */
export interface ShownRows {
  table: InventoryTable
  /** Rows of the table that the filter lets through, in order. */
  rows: Uint32Array
  totals: Totals
  /** Of the rows that the rest of the filter lets through. */
  bins: readonly AreaBin[]
}

/** The rows of the landslides table, and what was worked out of them last. */
export class HeldTable {
  table: InventoryTable = EMPTY_TABLE
  /** What the masks of each raster were when they were read, by raster id. */
  versions: ReadonlyMap<string, string> = new Map()
  /** Pairs of rasters that show the same ground. */
  sharing: readonly (readonly [string, string])[] = []
  private order: { table: InventoryTable; sort: TableSort; rows: Uint32Array } | null = null
  private last: { filter: TableFilter; order: Uint32Array; shown: ShownRows } | null = null

  /**
   * Takes in rasters that were read again.
   *
   * @param versions of all rasters that there are: the others are dropped
   */
  take(
    read: InventoryTable,
    readIds: ReadonlySet<string>,
    versions: ReadonlyMap<string, string>,
    sharing: readonly (readonly [string, string])[],
  ): void {
    const kept = rowsOfRasters(this.table, id => versions.has(id) && !readIds.has(id))
    this.table = joinTables([kept, read])
    this.versions = versions
    this.sharing = sharing
  }

  clear(): void {
    this.table = EMPTY_TABLE
    this.versions = new Map()
    this.sharing = []
  }

  /** Worked out once for a table, a filter and an order. */
  shown(filter: TableFilter, sort: TableSort): ShownRows {
    const { table } = this
    if (this.order?.table !== table || this.order.sort !== sort) {
      const all = Uint32Array.from({ length: table.count }, (_, row) => row)
      this.order = { table, sort, rows: sortedRows(table, all, sort) }
    }
    const { rows: order } = this.order
    if (this.last?.order !== order || this.last.filter !== filter) {
      const rows = among(order, filteredRows(table, filter))
      const bins = areaHistogram(table, filteredRows(table, filter, 'areas'))
      this.last = { filter, order, shown: { table, rows, totals: totalsOf(table, rows), bins } }
    }
    return this.last.shown
  }

  /** Where the landslide of a key lies now; null: it is not in the table. */
  rowOf(key: string | null): number | null {
    if (key === null) return null
    const { table } = this
    const at = key.lastIndexOf('#')
    const raster = table.rasters.findIndex(({ id }) => id === key.slice(0, at))
    const number = Number(key.slice(at + 1))
    if (raster < 0) return null
    for (let row = 0; row < table.count; row++) {
      if (table.raster[row] === raster && table.number[row] === number) return row
    }
    return null
  }

  keyOf(row: number): string {
    const { rasters, raster, number } = this.table
    return `${rasters[raster[row]!]!.id}#${number[row]}`
  }

  /** A way to find a landslide again after its raster was read again: by its first pixel, since numbers move. */
  bookmark(key: string | null): () => string | null {
    const row = this.rowOf(key)
    if (row === null) return () => null
    const { id } = this.table.rasters[this.table.raster[row]!]!
    const pixel = firstPixelOf(this.table, row)
    return () => {
      const now = rowAt(this.table, id, pixel)
      return now === null ? null : this.keyOf(now)
    }
  }
}

function among(order: Uint32Array, rows: Uint32Array): Uint32Array {
  if (rows.length === order.length) return order
  const kept = new Uint8Array(order.length)
  for (const row of rows) kept[row] = 1
  return order.filter(row => kept[row] === 1)
}
