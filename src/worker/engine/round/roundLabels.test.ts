import { expect, test } from 'vitest'
import type { UnfinishedRound } from '../../../core/review/records'
import type { ProjectStore } from '../../../storage/projectStore'
import { freezeLabels, stageProbabilities } from './roundLabels'

function memoryStore(content: Record<string, Float32Array>) {
  return {
    content,
    readMask: async () => null,
    readProbability: async (patchId: string, modelId: string) => content[`${patchId}/${modelId}`] ?? null,
    writeProbability: async (patchId: string, modelId: string, probability: Float32Array) => {
      content[`${patchId}/${modelId}`] = probability
    },
  }
}

test('the project keeps its old ensemble until commit, the round reads its own', async () => {
  const [old, fresh, single] = [Float32Array.of(0.1), Float32Array.of(0.9), Float32Array.of(0.8)]
  const store = memoryStore({ 'a/ensemble': old })
  const staged = stageProbabilities(store)
  expect(await staged.readProbability('a', 'ensemble')).toBe(old)
  await staged.writeProbability('a', 'swin', single)
  await staged.writeProbability('a', 'ensemble', fresh)
  expect(await staged.readProbability('a', 'ensemble')).toBe(fresh)
  expect(store.content['a/ensemble']).toBe(old)
  expect(store.content['a/swin']).toBe(single)
  const written: string[] = []
  await staged.commit(async id => {
    written.push(id)
  })
  expect(written).toEqual(['a'])
  expect(store.content['a/ensemble']).toBe(fresh)
})

test('the ensembles of held-out patches are kept too: the round is scored against them', async () => {
  const frozen: unknown[] = []
  const store = { freezeLabels: async (...asked: unknown[]) => void frozen.push(...asked) }
  const plan = {
    id: 'r1',
    verdicts: [{ patchId: 't1' }],
    targetPatchIds: ['t1', 't2'],
    heldOutPatchIds: ['h1'],
  }
  await freezeLabels(store as unknown as ProjectStore, plan as unknown as UnfinishedRound)
  expect(frozen.slice(0, 2)).toEqual(['r1', { masks: ['t1'], probabilities: ['t1', 't2', 'h1'] }])
})
