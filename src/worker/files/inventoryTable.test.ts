import { expect, test } from 'vitest'
import { firstPixelOf, valueAt } from '../../core/inventory/inventoryTable'
import type { PatchRecord } from '../../core/review/records'
import { inventoryTable } from './inventoryTable'

const SIDE = 4

/** Two target patches of one name, each with landslides of one pixel. */
const MASKS: Record<string, string> = {
  a: '#..# .... ..#. ....',
  b: '.... .#.. .... ....',
}

const georeference = (east: number) => ({
  ...{ crs: 'EPSG:32633', geoKeys: null },
  transform: [5e5 + east, 10, 0, 5e6, 0, -10] as const,
})

const probability = (id: string) =>
  Float32Array.from(MASKS[id]!.replaceAll(' ', ''), letter => (letter === '#' ? 0.75 : 0.25))

const storeAt = (easts: readonly [number, number]) => ({
  patches: async () =>
    Object.keys(MASKS).map(
      (id, at) =>
        ({
          id,
          name: 'image',
          path: `${id}.tif`,
          width: SIDE,
          height: SIDE,
          georeference: georeference(easts[at]!),
          predictedBy: ['m'],
        }) as unknown as PatchRecord,
    ),
  patch: async (id: string) => ({ id, width: SIDE, height: SIDE }) as PatchRecord,
  scenes: async () => [],
  history: async () => [],
  rounds: async () => [],
  readMask: async () => null,
  readProbability: async (id: string) => probability(id),
  readPixelWindow: async () => ({ data: new Float32Array(2 * SIDE * SIDE), valid: null }),
})

const store = storeAt([0, 10 * SIDE])

const read = async (only: string[], context = {}) =>
  (await inventoryTable(store, { patchIds: ['a', 'b'], only, threshold: 0.5 }, context)).table

test('only what is asked for is read, under the name that an export of all gives it', async () => {
  const both = await read(['patch/a', 'patch/b'])
  expect(both.count).toBe(4)
  const [, second] = both.rasters
  expect(new Set(both.rasters.map(({ name }) => name)).size).toBe(2)
  const one = await read(['patch/b'])
  expect(one.rasters).toEqual([second])
  expect(valueAt(one, 0, 'id')).toBe(`${second!.name}-1`)
  expect(valueAt(one, 0, 'area_m2')).toBe(100)
  expect(valueAt(one, 0, 'p_mean')).toBe(0.75)
  expect(firstPixelOf(one, 0)).toEqual({ column: 1, row: 1 })
  expect(one.rasters[0]!.patches).toEqual([{ id: 'b', window: { column: 0, row: 0, width: 4, height: 4 } }])
  expect(await read([])).toMatchObject({ count: 0 })
})

test('says how far it is, and hears a cancel', async () => {
  const done: number[] = []
  const onProgress = (progress: { done: number; total: number }) => {
    expect(progress.total).toBe(2 * SIDE)
    done.push(progress.done)
  }
  await read(['patch/a', 'patch/b'], { onProgress })
  expect(done).toEqual([...done].sort((a, b) => a - b))
  expect(done.at(-1)).toBe(2 * SIDE)
  const cancel = new AbortController()
  const cancelled = read(['patch/a', 'patch/b'], { signal: cancel.signal, onProgress: () => cancel.abort() })
  await expect(cancelled).rejects.toMatchObject({ code: 'aborted' })
})

test('ground that two patches show is in the first alone, which is read with the other one', async () => {
  // The second patch begins at the third column of the first: its only landslide lies on that one's ground.
  const shared = storeAt([0, 20])
  const request = { patchIds: ['a', 'b'], only: ['patch/b'], threshold: 0.5 }
  const { table, read, sharing, remarks } = await inventoryTable(shared, request, {})
  expect(read.sort()).toEqual(['patch/a', 'patch/b'])
  expect(sharing).toEqual([['patch/a', 'patch/b']])
  expect(remarks).toHaveLength(1)
  expect(remarks[0]).toMatch(/^Masks overlap: image and image-2\. Ground that several show counts once/)
  expect(table.count).toBe(3)
  expect(table.rasters.map(({ id }) => id)).toEqual(['patch/a'])
})
