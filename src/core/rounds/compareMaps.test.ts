import { expect, test } from 'vitest'
import { GAINED, KEPT, LOST } from '../masks/compareMasks'
import { type ComparedMaps, compareMaps, drawChange } from './compareMaps'

/** Columns of a raster 6 wide and 2 high: 0.9 where a model sees landslide, 0.1 elsewhere. */
const seen = (...columns: number[]) =>
  Float32Array.from({ length: 12 }, (_, index) => (columns.includes(index % 6) ? 0.9 : 0.1))

const raster = { width: 6, height: 2 }

const stored: Record<string, Float32Array> = { old: seen(0, 1, 4), new: seen(0, 5), other: seen(0) }

const read = async (model: string) => stored[model] ?? null

const maps = (change: Partial<ComparedMaps> = {}): ComparedMaps => ({
  before: ['old'],
  after: ['new'],
  threshold: 0.5,
  judged: null,
  ...change,
})

test('pixels and landslides of both maps are counted, and of the mask that was made of the later one', async () => {
  const judged = new Uint8Array(12)
  judged[3] = 1
  const { between, against } = await compareMaps(read, raster, maps({ judged }))
  expect(between).toEqual({ gained: 2, lost: 4, compared: 12, landslides: [2, 2] })
  expect(against).toEqual({ gained: 1, lost: 4, compared: 12, landslides: [2, 1] })
})

test('the mean of several models is compared, at the threshold given', async () => {
  const { between } = await compareMaps(read, raster, maps({ after: ['new', 'other'], threshold: 0.6 }))
  // Column 5 has a mean of 0.5, below 0.6.
  expect(between).toMatchObject({ gained: 0, lost: 4, landslides: [2, 1] })
})

test('without one of the maps there is nothing to compare', async () => {
  expect(await compareMaps(read, raster, maps({ before: ['gone'] }))).toEqual({
    between: null,
    against: null,
  })
  expect(await drawChange(read, raster, maps({ after: [] }), 'between', raster)).toBeNull()
  expect(await drawChange(read, raster, maps(), 'against', raster)).toBeNull()
})

test('a picture shows what was gained, lost and kept, and no change vanishes from a smaller one', async () => {
  const row = [KEPT, LOST, 0, 0, LOST, GAINED]
  expect([...(await drawChange(read, raster, maps(), 'between', raster))!]).toEqual([...row, ...row])
  const small = await drawChange(read, raster, maps(), 'between', { width: 2, height: 1 })
  expect([...small!]).toEqual([LOST, GAINED])
})
