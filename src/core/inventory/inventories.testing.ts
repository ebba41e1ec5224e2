import fc from 'fast-check'
import type { Georeference } from '../raster/rasterSource'
import type { InventoryLandslide, InventoryOptions, InventoryRaster, InventoryRows } from './inventory'
import { EXACT } from './inventory'
import { type InventorySummary, inventoryOf } from './inventoryOf'

export const UTM_33: Georeference = {
  crs: 'EPSG:32633',
  transform: [500_000, 10, 0, 5_200_000, 0, -10],
  geoKeys: null,
}

type Planes = { [Name in keyof InventoryRows]?: InventoryRows[Name] }

/** An inventory raster in memory; `asked` has the rows that were asked for. */
export function rasterOf(
  mask: Uint8Array,
  width: number,
  planes: Planes = {},
  facts: Partial<InventoryRaster> = {},
): InventoryRaster & { asked: [number, number][] } {
  const asked: [number, number][] = []
  const none = { probability: null, disagreement: null, elevation: null, slope: null }
  return {
    name: 'Mask',
    width,
    height: mask.length / width,
    georeference: UTM_33,
    area: null,
    sources: [],
    elevationSource: null,
    origins: [],
    ...facts,
    asked,
    async rows(top, count) {
      asked.push([top, count])
      const part = <Plane extends Uint8Array | Float32Array>(plane: Plane | null) =>
        (plane?.subarray(top * width, (top + count) * width) ?? null) as Plane | null
      const all = { ...none, ...planes }
      return {
        mask: part(mask)!,
        probability: part(all.probability),
        disagreement: part(all.disagreement),
        elevation: part(all.elevation),
        slope: part(all.slope),
      }
    },
  }
}

/** All of an inventory. */
export async function collect(
  raster: InventoryRaster,
  options: InventoryOptions = EXACT,
  stripRows?: number,
): Promise<{ landslides: InventoryLandslide[]; summary: InventorySummary }> {
  const landslides: InventoryLandslide[] = []
  const inventory = inventoryOf(raster, options, {}, stripRows)
  for (;;) {
    const { value, done } = await inventory.next()
    if (done) return { landslides, summary: value }
    landslides.push(value)
  }
}

/** "#" is landslide, "?" ignored, anything else background. */
export function drawn(...lines: string[]): { mask: Uint8Array; width: number } {
  const mask = Uint8Array.from(lines.join(''), sign => (sign === '#' ? 1 : sign === '?' ? 255 : 0))
  return { mask, width: lines[0]!.length }
}

/** Small masks of all shapes, dense and sparse. */
export const smallMasks = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.constantFrom(0, 0, 1, 1, 1, 255), { minLength: width * height, maxLength: width * height })
      .map(values => ({ mask: Uint8Array.from(values), width })),
  )

/** Labels of connected pixels of a value, by flooding; 0: none. */
export function flooded(
  mask: Uint8Array,
  width: number,
  steps: readonly (readonly [number, number])[],
  value = 1,
) {
  const labels = new Int32Array(mask.length)
  let count = 0
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== value || labels[start] !== 0) continue
    labels[start] = ++count
    const queue = [start]
    for (const at of queue) {
      for (const [dx, dy] of steps) {
        const [x, y] = [(at % width) + dx, Math.floor(at / width) + dy]
        const to = y * width + x
        if (x < 0 || x >= width || y < 0 || to >= mask.length || mask[to] !== value || labels[to] !== 0)
          continue
        labels[to] = count
        queue.push(to)
      }
    }
  }
  return { labels, count }
}

export const FOUR = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const

export const EIGHT = [...FOUR, [1, 1], [1, -1], [-1, 1], [-1, -1]] as const
