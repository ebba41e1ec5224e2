import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { settledMemory } from '../gpu/testing/memoryAndLimits'
import { chooseMicroBatch, estimateTrainingMemory, workOfStep } from './trainingMemory'

const MEBIBYTE = 2 ** 20

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

test('a rehearsal holds nothing: no tensor, no buffer, and the engine still works', async () => {
  const request = {
    family: 'hrnet-ocr',
    preset: 'tiny',
    side: 128,
    scale: 4,
    microBatch: 1,
  } as const
  const before = await settledMemory()
  const { peakBytes } = estimateTrainingMemory(request)
  expect(peakBytes).toBeGreaterThan(100 * MEBIBYTE)
  expect(await settledMemory()).toEqual(before)
  const two = tf.add(tf.scalar(1), tf.square(tf.ones([1])))
  expect((await two.data())[0]).toBe(2)
  two.dispose()
})

test('the micro-batch is the largest that fits, and sixteen with its accumulation', () => {
  const request = { family: 'segformer', preset: 'tiny', side: 32, scale: 1 } as const
  const need = (microBatch: number) => estimateTrainingMemory({ ...request, microBatch }).peakBytes
  const chosen = chooseMicroBatch(need(4), request)
  expect(chosen).toMatchObject({ microBatch: 4, accumulate: 4, checkpointing: false, peakBytes: need(4) })
  expect(chooseMicroBatch(Number.POSITIVE_INFINITY, request)).toMatchObject({ microBatch: 16, accumulate: 1 })
  const { largestBytes } = estimateTrainingMemory({ ...request, microBatch: 8 })
  expect(chooseMicroBatch(Number.POSITIVE_INFINITY, request, largestBytes - 1).microBatch).toBe(4)
})

test('where nothing fits, blocks are computed again: with the largest micro-batch that then fits', () => {
  const request = { family: 'segformer', preset: 'tiny', side: 128, scale: 1 } as const
  const need = (microBatch: number, checkpointing: boolean) =>
    estimateTrainingMemory({ ...request, microBatch, checkpointing }).peakBytes
  expect(need(1, true)).toBeLessThan(0.95 * need(1, false))
  expect(chooseMicroBatch(need(1, false), request)).toMatchObject({ microBatch: 1, checkpointing: false })
  expect(chooseMicroBatch(need(1, false) - 1, request)).toMatchObject({
    microBatch: 1,
    checkpointing: true,
    peakBytes: need(1, true),
  })
  expect(() => chooseMicroBatch(need(1, true) - 1, request)).toThrow(
    expect.objectContaining({
      code: 'gpu-limit',
      message: expect.stringContaining('gradient checkpointing'),
    }),
  )
})

test("a step's work is that of its passes and one update; scoring is no part of it", () => {
  const rehearsal = estimateTrainingMemory({
    family: 'segformer',
    preset: 'tiny',
    side: 32,
    scale: 1,
    microBatch: 1,
  })
  const of = (phase: string) => rehearsal.byPhase.get(phase)?.dispatches ?? 0
  expect(workOfStep(rehearsal, 2).dispatches).toBe(rehearsal.dispatches - of('score'))
  const sixteen = workOfStep(rehearsal, 16)
  expect(sixteen.dispatches).toBe(8 * (of('forward') + of('loss') + of('backward')) + of('optimiser'))
  expect(sixteen.multiplyAdds).toBe(8 * rehearsal.multiplyAdds)
})
