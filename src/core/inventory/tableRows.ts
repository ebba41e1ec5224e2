import type { LandslideFields } from './fields'
import type { InventoryTable, TextColumn } from './inventoryTable'

/** What a table is sorted by: an attribute, or the raster that a landslide lies on. */
export type SortColumn = keyof LandslideFields | 'raster'

export interface TableSort {
  column: SortColumn
  descending: boolean
}

export interface TableFilter {
  /** In the id or the raster's name; case does not matter. */
  text: string
  /** null: any. `NOT_REJECTED`: all but those that were; `NOT_REVIEWED`: those that nobody judged. */
  verdict: string | null
  /** null: any. */
  confidence: string | null
  /** A number that an attribute has to reach, or not to pass; null: none. */
  limit: { column: keyof LandslideFields; atLeast: boolean; value: number } | null
  /** Lower edges of `AREA_EDGES` whose landslides are kept; none: all. */
  areas: readonly number[]
}

export const NOT_REJECTED = 'not-rejected'

export const NOT_REVIEWED = 'not-reviewed'

/** Rejected masks are no part of the map. */
export const NO_FILTER: TableFilter = {
  text: '',
  verdict: NOT_REJECTED,
  confidence: null,
  limit: null,
  areas: [],
}

/**
 * Rows that a filter lets through, in the table's order. A landslide without the attribute that is asked for is not
 * among them.
 *
 * @param leaveOut part of the filter that does not count here
 */
export function filteredRows(table: InventoryTable, filter: TableFilter, leaveOut?: 'areas'): Uint32Array {
  const tests: ((row: number) => boolean)[] = []
  const text = filter.text.trim().toLowerCase()
  if (text) {
    const ids = matching(table.texts.id!, id => id?.toLowerCase().includes(text) === true)
    const rasters = table.rasters.map(({ name }) => name.toLowerCase().includes(text))
    tests.push(row => ids(row) || rasters[table.raster[row]!] === true)
  }
  const { verdict, confidence, limit, areas } = filter
  if (verdict !== null) {
    const wanted = (given: string | null) => {
      if (verdict === NOT_REJECTED) return given !== 'rejected'
      return given === (verdict === NOT_REVIEWED ? null : verdict)
    }
    tests.push(matching(table.texts.verdict!, wanted))
  }
  if (confidence !== null) tests.push(matching(table.texts.confidence!, given => given === confidence))
  const limited = limit && table.numbers[limit.column]
  if (limited) {
    const { value, atLeast } = limit
    tests.push(row => (atLeast ? limited[row]! >= value : limited[row]! <= value))
  }
  if (areas.length > 0 && leaveOut !== 'areas') {
    const sizes = table.numbers[sizeColumn(table)]!
    const kept = new Set(areas)
    tests.push(row => kept.has(binOf(sizes[row]!)))
  }
  const rows = new Uint32Array(table.count)
  let count = 0
  for (let row = 0; row < table.count; row++) if (tests.every(test => test(row))) rows[count++] = row
  return rows.slice(0, count)
}

function matching({ values, codes }: TextColumn, isWanted: (value: string | null) => boolean) {
  const wanted = values.map(isWanted)
  return (row: number) => wanted[codes[row]!] === true
}

const names = new Intl.Collator('en', { numeric: true })

/** Rows in order of a column, equal ones in the table's; those without a value are last either way. */
export function sortedRows(table: InventoryTable, rows: Uint32Array, sort: TableSort): Uint32Array {
  const keys = sortKeys(table, sort.column)
  const sign = sort.descending ? -1 : 1
  return rows.slice().sort((a, b) => {
    const [one, other] = [keys[a]!, keys[b]!]
    if (Number.isNaN(one) || Number.isNaN(other)) {
      return Number(Number.isNaN(one)) - Number(Number.isNaN(other)) || a - b
    }
    return sign * (one - other) || a - b
  })
}

/** Numbers that sort as the column does; NaN: no value. */
function sortKeys(table: InventoryTable, column: SortColumn): ArrayLike<number> {
  if (column === 'raster') {
    const ranks = ranksOf(table.rasters.map(({ name }) => name))
    return table.raster.map(at => ranks[at]!)
  }
  const texts = table.texts[column]
  if (!texts) return table.numbers[column]!
  const ranks = ranksOf(texts.values)
  return Float64Array.from(texts.codes, code => ranks[code]!)
}

/** "image_2" before "image_10"; levels of confidence by what they mean. */
function ranksOf(values: readonly (string | null)[]): number[] {
  const levels = ['low', 'medium', 'high']
  const order = [...new Set(values)]
    .filter(value => value !== null)
    .sort((a, b) => levels.indexOf(a) - levels.indexOf(b) || names.compare(a, b))
  const places = new Map(order.map((value, at) => [value, at]))
  return values.map(value => (value === null ? Number.NaN : places.get(value)!))
}

/** What sizes are counted in: pixels where no landslide's pixels have a known size. */
export function sizeColumn(table: InventoryTable): 'area_m2' | 'pixels' {
  return table.numbers.area_m2!.some(area => !Number.isNaN(area)) ? 'area_m2' : 'pixels'
}

/** 1, 2, 5, 10, 20 ... : about evenly spaced on a logarithmic axis, and numbers that people say. */
export const AREA_EDGES: readonly number[] = Array.from(
  { length: 30 },
  (_, at) => [1, 2, 5][at % 3]! * 10 ** Math.floor(at / 3),
)

/** Lower edge of the bin that a size is in; what is less than one is in the first. NaN where it has none. */
function binOf(size: number): number {
  if (Number.isNaN(size)) return Number.NaN
  let at = 0
  while (at + 1 < AREA_EDGES.length && size >= AREA_EDGES[at + 1]!) at++
  return AREA_EDGES[at]!
}

export interface AreaBin {
  /** Its lower edge, and the next one's. */
  from: number
  to: number
  count: number
}

/** How many of these rows are of which size, from the smallest bin of the table to its largest. */
export function areaHistogram(table: InventoryTable, rows: Uint32Array): AreaBin[] {
  const sizes = table.numbers[sizeColumn(table)]!
  const counts = new Map<number, number>()
  for (const size of sizes) if (!Number.isNaN(size)) counts.set(binOf(size), 0)
  for (const row of rows) {
    const bin = binOf(sizes[row]!)
    if (!Number.isNaN(bin)) counts.set(bin, counts.get(bin)! + 1)
  }
  const edges = [...counts.keys()]
  if (edges.length === 0) return []
  const [first, last] = [Math.min(...edges), Math.max(...edges)]
  return AREA_EDGES.flatMap((from, at) =>
    from < first || from > last
      ? []
      : [{ from, to: AREA_EDGES[at + 1] ?? Number.POSITIVE_INFINITY, count: counts.get(from) ?? 0 }],
  )
}

export interface Totals {
  count: number
  /** Square metres of those whose area is known. */
  area: number
  /** How many have no area in metres, and their pixels. */
  withoutArea: number
  pixels: number
}

export function totalsOf(table: InventoryTable, rows: Uint32Array): Totals {
  const totals: Totals = { count: rows.length, area: 0, withoutArea: 0, pixels: 0 }
  for (const row of rows) {
    const area = table.numbers.area_m2![row]!
    if (!Number.isNaN(area)) totals.area += area
    else {
      totals.withoutArea++
      totals.pixels += table.numbers.pixels![row]!
    }
  }
  return totals
}
