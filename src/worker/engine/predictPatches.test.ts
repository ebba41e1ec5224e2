import { expect, test } from 'vitest'
import { scorePatch } from './predictPatches'

const stored: Record<string, Float32Array> = {
  ensemble: Float32Array.of(0.5),
  calm: Float32Array.of(0),
  keen: Float32Array.of(1),
}
const store = { readProbability: async (_patch: string, model: string) => stored[model] ?? null }

test('scores a patch from what its networks left on disk, and not from a part of it', async () => {
  expect(await scorePatch(store, 't1', ['calm', 'keen'])).toEqual({
    disagreement: 1,
    entropy: 1,
    confidence: 0,
  })
  expect(await scorePatch(store, 't1', ['calm', 'gone'])).toBeNull()
  expect(await scorePatch(store, 't1', [])).toBeNull()
})
