import type { PixelPoint } from '../masks/pixelSpans'
import type { PixelWindow } from '../raster/rasterSource'
import type { Polygon } from '../scenes/polygons'
import { type FieldValue, LANDSLIDE_FIELDS, type LandslideField, type LandslideFields } from './fields'
import type { InventoryLandslide } from './inventory'

/** A raster that landslides of a table lie on, and which part of it is of which patch. */
export interface TableRaster {
  /** Unique among the rasters of a project. */
  id: string
  name: string
  patches: readonly { id: string; window: PixelWindow }[]
}

/** A column of texts, of which most rows share a few. */
export interface TextColumn {
  values: readonly (string | null)[]
  /** [count] index of `values` */
  codes: Uint32Array
}

/** Landslides with their attributes, column by column: what thousands of them cost least as. */
export interface InventoryTable {
  count: number
  rasters: readonly TableRaster[]
  /** [count] index of `rasters` */
  raster: Uint32Array
  /** [count] number of the landslide on its raster */
  number: Uint32Array
  /** [count, 2] column and row of its first pixel in reading order, on its raster */
  first: Int32Array
  /** [count] each; NaN: null */
  numbers: Readonly<Record<string, Float64Array>>
  texts: Readonly<Record<string, TextColumn>>
}

/** Id of the raster that a patch is, or is a part of. */
export function rasterIdOf({ id, cell }: { id: string; cell?: { sceneId: string } | undefined }): string {
  return cell ? `scene/${cell.sceneId}` : `patch/${id}`
}

/** These rasters, and those that show the same ground as one of them: what one owns the other does not have. */
export function withSharing(
  ids: Iterable<string>,
  sharing: readonly (readonly [string, string])[],
): Set<string> {
  const given = new Set(ids)
  return new Set([...given, ...sharing.filter(pair => pair.some(id => given.has(id))).flat()])
}

const isText = ({ type }: LandslideField) => type === 'text'

export const EMPTY_TABLE: InventoryTable = tableOf({ id: '', name: '', patches: [] }, [])

/** What a table keeps of a landslide. */
export interface TableRow {
  number: number
  first: PixelPoint
  fields: LandslideFields
}

export function tableRow({ number, polygons, fields }: InventoryLandslide): TableRow {
  return { number, first: firstPixel(polygons), fields }
}

/** The landslides of one raster, in their order. */
export function tableOf(raster: TableRaster, landslides: readonly TableRow[]): InventoryTable {
  const count = landslides.length
  const first = new Int32Array(2 * count)
  for (const [row, { first: pixel }] of landslides.entries()) first.set([pixel.column, pixel.row], 2 * row)
  return {
    count,
    rasters: count > 0 ? [raster] : [],
    raster: new Uint32Array(count),
    number: Uint32Array.from(landslides, ({ number }) => number),
    first,
    numbers: Object.fromEntries(
      LANDSLIDE_FIELDS.filter(field => !isText(field)).map(({ name }) => [
        name,
        Float64Array.from(landslides, ({ fields }) => (fields[name] ?? Number.NaN) as number),
      ]),
    ),
    texts: Object.fromEntries(
      LANDSLIDE_FIELDS.filter(isText).map(({ name }) => [
        name,
        textColumn(landslides.map(({ fields }) => fields[name] as string | null)),
      ]),
    ),
  }
}

/** The leftmost corner of the highest edge is that of the first pixel. */
function firstPixel(polygons: readonly Polygon[]): PixelPoint {
  let first = { column: Number.POSITIVE_INFINITY, row: Number.POSITIVE_INFINITY }
  for (const [outside = []] of polygons) {
    for (let i = 0; i < outside.length; i += 2) {
      const [column, row] = [outside[i]!, outside[i + 1]!]
      if (row < first.row || (row === first.row && column < first.column)) first = { column, row }
    }
  }
  return first
}

function textColumn(texts: readonly (string | null)[]): TextColumn {
  const known = new Map<string | null, number>()
  const codes = new Uint32Array(texts.length)
  for (const [row, text] of texts.entries()) {
    const code = known.get(text) ?? known.size
    known.set(text, code)
    codes[row] = code
  }
  return { values: [...known.keys()], codes }
}

/** Tables as one, rows in the order of the tables; a raster is in one of them only. */
export function joinTables(tables: readonly InventoryTable[]): InventoryTable {
  const parts = tables.filter(({ count }) => count > 0)
  if (parts.length === 1) return parts[0]!
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const raster = new Uint32Array(count)
  const number = new Uint32Array(count)
  const first = new Int32Array(2 * count)
  const rasters: TableRaster[] = []
  let at = 0
  for (const part of parts) {
    for (let row = 0; row < part.count; row++) raster[at + row] = part.raster[row]! + rasters.length
    number.set(part.number, at)
    first.set(part.first, 2 * at)
    rasters.push(...part.rasters)
    at += part.count
  }
  const names = (isWanted: (field: LandslideField) => boolean) =>
    LANDSLIDE_FIELDS.filter(isWanted).map(({ name }) => name)
  return {
    count,
    rasters,
    raster,
    number,
    first,
    numbers: Object.fromEntries(
      names(field => !isText(field)).map(name => [name, joinNumbers(parts, name, count)]),
    ),
    texts: Object.fromEntries(names(isText).map(name => [name, joinTexts(parts, name, count)])),
  }
}

function joinNumbers(parts: readonly InventoryTable[], name: string, count: number): Float64Array {
  const values = new Float64Array(count)
  let at = 0
  for (const part of parts) {
    values.set(part.numbers[name]!, at)
    at += part.count
  }
  return values
}

function joinTexts(parts: readonly InventoryTable[], name: string, count: number): TextColumn {
  const known = new Map<string | null, number>()
  const codes = new Uint32Array(count)
  let at = 0
  for (const part of parts) {
    const { values, codes: own } = part.texts[name]!
    const translated = values.map(value => {
      const code = known.get(value) ?? known.size
      known.set(value, code)
      return code
    })
    for (let row = 0; row < part.count; row++) codes[at + row] = translated[own[row]!]!
    at += part.count
  }
  return { values: [...known.keys()], codes }
}

/** The rows of these rasters alone. */
export function rowsOfRasters(table: InventoryTable, keeps: (rasterId: string) => boolean): InventoryTable {
  const kept = table.rasters.map(({ id }) => keeps(id))
  if (kept.every(Boolean)) return table
  const rows: number[] = []
  for (let row = 0; row < table.count; row++) if (kept[table.raster[row]!]) rows.push(row)
  const numbers = new Map<number, number>()
  for (const [at, isKept] of kept.entries()) if (isKept) numbers.set(at, numbers.size)
  const first = new Int32Array(2 * rows.length)
  for (const [at, row] of rows.entries()) first.set(table.first.subarray(2 * row, 2 * row + 2), 2 * at)
  return {
    count: rows.length,
    rasters: table.rasters.filter((_, at) => kept[at]),
    raster: Uint32Array.from(rows, row => numbers.get(table.raster[row]!)!),
    number: Uint32Array.from(rows, row => table.number[row]!),
    first,
    numbers: Object.fromEntries(
      Object.entries(table.numbers).map(([name, values]) => [
        name,
        Float64Array.from(rows, row => values[row]!),
      ]),
    ),
    texts: Object.fromEntries(
      Object.entries(table.texts).map(([name, { values, codes }]) => [
        name,
        textColumn(rows.map(row => values[codes[row]!]!)),
      ]),
    ),
  }
}

/** The memory of a table's arrays, to be handed to another thread with it. */
export function buffersOf(table: InventoryTable): ArrayBuffer[] {
  const { raster, number, first, numbers, texts } = table
  const arrays = [raster, number, first, ...Object.values(numbers)]
  return [...arrays, ...Object.values(texts).map(({ codes }) => codes)].map(
    ({ buffer }) => buffer as ArrayBuffer,
  )
}

export function valueAt(table: InventoryTable, row: number, name: keyof LandslideFields): FieldValue {
  const texts = table.texts[name]
  if (texts) return texts.values[texts.codes[row]!] ?? null
  const value = table.numbers[name]?.[row]
  return value === undefined || Number.isNaN(value) ? null : value
}

/** First pixel of a landslide, on its raster. */
export function firstPixelOf({ first }: InventoryTable, row: number): PixelPoint {
  return { column: first[2 * row]!, row: first[2 * row + 1]! }
}

/** The row of the landslide on a raster whose first pixel lies there; null: there is none. */
export function rowAt(table: InventoryTable, rasterId: string, pixel: PixelPoint): number | null {
  const raster = table.rasters.findIndex(({ id }) => id === rasterId)
  if (raster < 0) return null
  for (let row = 0; row < table.count; row++) {
    if (table.raster[row] !== raster) continue
    if (table.first[2 * row] === pixel.column && table.first[2 * row + 1] === pixel.row) return row
  }
  return null
}
