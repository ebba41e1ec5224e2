import { describe, expect, it, test, vi } from 'vitest'
import { uncertaintyOf } from '../../core/results/uncertainty'
import type { PatchRecord } from '../../core/review/records'
import { createPixelCache } from './filesApi'

describe('pixel cache', () => {
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
})

describe('uncertainty of', () => {
  function storeOf(predictedBy: string[], maps: Record<string, number[]>) {
    return {
      patch: async () => ({ predictedBy }) as PatchRecord,
      readProbability: async (_: string, model: string) => {
        const values = maps[model]
        return values ? Float32Array.from(values) : null
      },
    }
  }

  it("is the span of the last prediction's networks, or the entropy of their mean", async () => {
    const store = storeOf(['a', 'b'], { a: [0, 0.5], b: [0.25, 0.5], ensemble: [0, 0.5], old: [1, 1] })
    expect(await uncertaintyOf(store, 'p', 'disagreement')).toEqual(Float32Array.of(0.25, 0))
    expect(await uncertaintyOf(store, 'p', 'entropy')).toEqual(Float32Array.of(0, 1))
  })

  it('is absent where there is nothing, or not all, to compare', async () => {
    expect(await uncertaintyOf(storeOf([], {}), 'p', 'disagreement')).toBeNull()
    expect(await uncertaintyOf(storeOf(['a', 'b'], { a: [0] }), 'p', 'disagreement')).toBeNull()
    expect(await uncertaintyOf(storeOf([], {}), 'p', 'entropy')).toBeNull()
  })
})
