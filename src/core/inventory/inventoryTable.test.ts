import { describe, expect, test } from 'vitest'
import { LANDSLIDE_FIELDS, type LandslideFields } from './fields'
import type { InventoryLandslide } from './inventory'
import {
  buffersOf,
  EMPTY_TABLE,
  firstPixelOf,
  type InventoryTable,
  joinTables,
  rowAt,
  rowsOfRasters,
  tableOf,
  tableRow,
  valueAt,
} from './inventoryTable'
import {
  areaHistogram,
  filteredRows,
  NO_FILTER,
  NOT_REVIEWED,
  sortedRows,
  type TableFilter,
  totalsOf,
} from './tableRows'

const blank = Object.fromEntries(
  LANDSLIDE_FIELDS.map(({ name }) => [name, null]),
) as unknown as LandslideFields

/** A square of 2 pixels at a place, with these attributes. */
function landslide(
  number: number,
  x: number,
  y: number,
  fields: Partial<LandslideFields>,
): InventoryLandslide {
  const square = (left: number) => [left, y, left, y + 2, left + 2, y + 2, left + 2, y]
  return {
    number,
    window: { column: x, row: y, width: 2, height: 2 },
    // The first polygon need not hold the first pixel.
    polygons: [[[x, y + 2, x, y + 4, x + 2, y + 4, x + 2, y + 2]], [square(x)]],
    fields: { ...blank, pixels: 8, ...fields },
  }
}

const raster = (name: string) => ({
  id: `patch/${name}`,
  name,
  patches: [{ id: name, window: { column: 0, row: 0, width: 8, height: 8 } }],
})

const table = (name: string, ...landslides: InventoryLandslide[]) =>
  tableOf(raster(name), landslides.map(tableRow))

const a = table(
  'image_10',
  landslide(1, 3, 0, { id: 'image_10-1', area_m2: 150, verdict: 'accepted', confidence: 'low' }),
  landslide(2, 0, 4, { id: 'image_10-2', area_m2: 900, verdict: 'rejected', confidence: 'high', p_mean: 0 }),
)
const b = table(
  'image_2',
  landslide(1, 5, 5, { id: 'image_2-1', area_m2: 2000, confidence: 'medium', p_mean: 0.9 }),
)
const both = joinTables([a, EMPTY_TABLE, b])

const ids = (of: InventoryTable, rows: Iterable<number> = Array(of.count).keys()) =>
  [...rows].map(row => valueAt(of, row, 'id'))
const all = (of: InventoryTable) => Uint32Array.from({ length: of.count }, (_, row) => row)
const passing = (change: Partial<TableFilter>) => ids(both, filteredRows(both, { ...NO_FILTER, ...change }))

describe('columns', () => {
  test('hold what the landslides say, nulls too', () => {
    expect(LANDSLIDE_FIELDS.map(({ name }) => [name, valueAt(b, 0, name)])).toEqual(
      LANDSLIDE_FIELDS.map(({ name }) => [
        name,
        (
          {
            id: 'image_2-1',
            area_m2: 2000,
            confidence: 'medium',
            p_mean: 0.9,
            pixels: 8,
          } as Partial<LandslideFields>
        )[name] ?? null,
      ]),
    )
    // Nought is a value.
    expect(valueAt(a, 1, 'p_mean')).toBe(0)
  })

  test('joined, rows keep their raster, their place and their values', () => {
    expect(ids(both)).toEqual(['image_10-1', 'image_10-2', 'image_2-1'])
    expect(both.rasters.map(({ name }) => name)).toEqual(['image_10', 'image_2'])
    expect(firstPixelOf(both, 2)).toEqual({ column: 5, row: 5 })
    expect(valueAt(both, 2, 'verdict')).toBeNull()
    expect(rowAt(both, 'patch/image_2', { column: 5, row: 5 })).toBe(2)
    expect(rowAt(both, 'patch/image_10', { column: 5, row: 5 })).toBeNull()
    expect(rowAt(both, 'patch/image_3', { column: 5, row: 5 })).toBeNull()
  })

  test('without a raster, the others stay as they are', () => {
    const left = rowsOfRasters(both, id => id !== 'patch/image_10')
    expect(left).toEqual(b)
    expect(rowsOfRasters(both, () => true)).toBe(both)
    expect(rowsOfRasters(both, () => false)).toMatchObject({ count: 0, rasters: [] })
  })

  test('all memory is handed over', () => {
    const given = structuredClone(both)
    const buffers = buffersOf(given)
    const moved = structuredClone(given, { transfer: buffers })
    expect(moved).toEqual(both)
    expect(given.first.byteLength).toBe(0)
    expect(buffers.every(({ byteLength }) => byteLength === 0)).toBe(true)
  })
})

describe('filter', () => {
  test('rejected masks are left out until they are asked for', () => {
    expect(passing({})).toEqual(['image_10-1', 'image_2-1'])
    expect(passing({ verdict: null })).toHaveLength(3)
    expect(passing({ verdict: 'rejected' })).toEqual(['image_10-2'])
    expect(passing({ verdict: NOT_REVIEWED })).toEqual(['image_2-1'])
  })

  test('by text, confidence, a number and sizes', () => {
    expect(passing({ text: ' IMAGE_2 ' })).toEqual(['image_2-1'])
    expect(passing({ text: '10-1' })).toEqual(['image_10-1'])
    expect(passing({ confidence: 'low' })).toEqual(['image_10-1'])
    const limit = (value: number, atLeast: boolean) => ({ column: 'area_m2' as const, value, atLeast })
    expect(passing({ limit: limit(2000, true) })).toEqual(['image_2-1'])
    expect(passing({ limit: limit(150, false) })).toEqual(['image_10-1'])
    // Without a value it neither reaches nor keeps below any.
    expect(passing({ limit: { column: 'slope_mean_deg', value: 0, atLeast: false } })).toEqual([])
    expect(passing({ areas: [100, 200] })).toEqual(['image_10-1'])
    expect(passing({ areas: [2000], text: 'image_10' })).toEqual([])
  })
})

describe('order', () => {
  const order = (column: Parameters<typeof sortedRows>[2]['column'], descending: boolean) =>
    ids(both, sortedRows(both, all(both), { column, descending }))

  test('numbers, names with numbers, levels; those without a value last either way', () => {
    expect(order('area_m2', true)).toEqual(['image_2-1', 'image_10-2', 'image_10-1'])
    expect(order('id', false)).toEqual(['image_2-1', 'image_10-1', 'image_10-2'])
    expect(order('raster', true)).toEqual(['image_10-1', 'image_10-2', 'image_2-1'])
    expect(order('confidence', false)).toEqual(['image_10-1', 'image_2-1', 'image_10-2'])
    expect(order('p_mean', true)).toEqual(['image_2-1', 'image_10-2', 'image_10-1'])
    expect(order('p_mean', false)).toEqual(['image_10-2', 'image_2-1', 'image_10-1'])
    expect(order('verdict', true)).toEqual(['image_10-2', 'image_10-1', 'image_2-1'])
  })
})

describe('sizes', () => {
  test('bins from the smallest to the largest, empty ones between', () => {
    expect(areaHistogram(both, all(both)).map(({ from, count }) => [from, count])).toEqual([
      [100, 1],
      [200, 0],
      [500, 1],
      [1000, 0],
      [2000, 1],
    ])
    // What is filtered out leaves its bin.
    expect(areaHistogram(both, Uint32Array.of(2)).map(({ count }) => count)).toEqual([0, 0, 0, 0, 1])
    expect(areaHistogram(EMPTY_TABLE, all(EMPTY_TABLE))).toEqual([])
  })

  test('in pixels where none has a size in metres', () => {
    const unplaced = table('c', landslide(1, 0, 0, { pixels: 40 }), landslide(2, 4, 0, { pixels: 1 }))
    expect(areaHistogram(unplaced, all(unplaced)).map(({ from, to, count }) => [from, to, count])).toEqual([
      [1, 2, 1],
      [2, 5, 0],
      [5, 10, 0],
      [10, 20, 0],
      [20, 50, 1],
    ])
    const mixed = joinTables([both, unplaced])
    expect(totalsOf(mixed, all(mixed))).toEqual({ count: 5, area: 3050, withoutArea: 2, pixels: 41 })
  })
})
