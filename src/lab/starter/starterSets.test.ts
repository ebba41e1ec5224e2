import { expect, test } from 'vitest'
import { holdOutObstacle, joinedSamples, repeatsFor } from './starterSets'

test('a small set is listed often enough to be its share of the samples', () => {
  expect(repeatsFor(0.5, 80, 12)).toBe(7)
  expect(repeatsFor(0.1, 80, 12)).toBe(1)
  expect(repeatsFor(0.5, 80, 0)).toBe(1)
})

test('copies load the patch that they are copies of, whatever its id holds', async () => {
  const provider = (name: string, ids: string[]) => ({
    ids,
    load: async (id: string) => ({ from: `${name}/${id}` }) as never,
  })
  const joined = joinedSamples([provider('a', ['x:1']), provider('b', ['y', 'x:1'])], [1, 2])
  expect(joined.ids).toHaveLength(5)
  expect(new Set(joined.ids).size).toBe(5)
  const loaded = await Promise.all(joined.ids.map(id => joined.load(id)))
  expect(loaded.map(sample => (sample as unknown as { from: string }).from)).toEqual([
    'a/x:1',
    'b/y',
    'b/x:1',
    'b/y',
    'b/x:1',
  ])
})

test('only patches that are there are held out, and one is left to train on', () => {
  expect(holdOutObstacle(['image_1', 'image_2'], ['image_2'])).toBeNull()
  expect(holdOutObstacle(['image_1', 'image_2'], ['image_2', 'image_9'])).toMatch(/called image_9\.$/)
  expect(holdOutObstacle(['image_1', 'image_2'], ['image_2', 'image_1'])).toMatch(/no patch to train on/)
})
