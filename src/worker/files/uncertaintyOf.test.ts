import { expect, it } from 'vitest'
import type { PatchRecord } from '../../storage/projectStore'
import { uncertaintyOf } from './uncertaintyOf'

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
