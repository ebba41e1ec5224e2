import { expect, test, vi } from 'vitest'
import { createPixelCache } from './pixelCache'

const pixels = (values: number) => ({ data: new Float32Array(values), valid: null, label: null })

test('reads once while it fits, and forgets what was used longest ago', async () => {
  const load = vi.fn(async (_id: string) => pixels(10))
  const cache = createPixelCache(load, 80)
  await cache.read('a')
  await cache.read('b')
  await cache.read('a')
  expect(load).toHaveBeenCalledTimes(2)
  await cache.read('c') // 120 bytes: b, used longest ago, goes
  await cache.read('a')
  expect(load).toHaveBeenCalledTimes(3)
  await cache.read('b')
  expect(load).toHaveBeenCalledTimes(4)
})

test('two readers at once share one read', async () => {
  const load = vi.fn(async (_id: string) => pixels(1))
  const cache = createPixelCache(load)
  const [a, b] = await Promise.all([cache.read('a'), cache.read('a')])
  expect(a).toBe(b)
  expect(load).toHaveBeenCalledTimes(1)
})

test('a patch above the budget is served, and a failed read is tried again', async () => {
  const load = vi.fn(async (_id: string) => pixels(1000))
  const cache = createPixelCache(load, 80)
  expect((await cache.read('huge')).data.length).toBe(1000)
  load.mockRejectedValueOnce(new Error('gone'))
  await expect(cache.read('x')).rejects.toThrow('gone')
  expect((await cache.read('x')).data.length).toBe(1000)
})
