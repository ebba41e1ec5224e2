import { beforeAll, describe, expect, test } from 'vitest'
import { randomStream } from '../../core/foundation/random'
import { confusion, scores } from '../../core/rounds/metrics'
import { defaultTrainingConfig } from '../../core/rounds/roundConfig'
import type { GuardedBackend } from '../gpu/guardedBackend'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { settledMemory } from '../gpu/testing/memoryAndLimits'
import { webGpuBackend } from '../gpu/webgpuBackend'
import { createNetwork } from '../models/createNetwork'
import { estimateTrainingMemory, type TrainingMemoryRequest } from './trainingMemory'
import { trainNetwork } from './trainNetwork'

const MEBIBYTE = 2 ** 20

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

/** Peak of the buffers that two steps of real training hold. */
async function measuredPeak(request: TrainingMemoryRequest) {
  const { family, preset, side, scale, microBatch, checkpointing, config } = request
  const backend = webGpuBackend() as GuardedBackend
  await settledMemory()
  // Buffers that other tests left for reuse would hide what this one needs.
  backend.releaseIdleMemory()
  const { bufferManager } = backend
  const before = bufferManager.numBytesAllocated
  const acquire = bufferManager.acquireBuffer
  let peak = 0
  bufferManager.acquireBuffer = (...given) => {
    const buffer = acquire.apply(bufferManager, given)
    peak = Math.max(peak, bufferManager.numBytesAllocated - before)
    return buffer
  }
  const network = createNetwork(family, preset, { seed: 1 })
  const random = randomStream(1, 'sample')
  const sample = {
    width: side,
    height: side,
    pixels: Float32Array.from({ length: side * side * 14 }, () => random.uniform()),
    label: Uint8Array.from({ length: side * side }, () => random.integer(0, 1)),
    soft: new Float32Array(side * side).fill(0.4),
  }
  const source = { ids: ['a'], load: async () => sample }
  // Better each time, so that a second snapshot is taken while there is a first.
  const found = [Uint8Array.of(1, 1), Uint8Array.of(1, 0)]
  const evaluate = async () => scores(confusion(found.shift()!, Uint8Array.of(1, 0)))
  try {
    await trainNetwork(
      network,
      { source, target: null, sourceOnlySteps: 0, evaluate },
      {
        ...defaultTrainingConfig,
        ...config,
        steps: 2,
        evaluateEvery: 1,
        accumulate: 2,
        cropSize: side,
        checkpointing,
        scale,
        microBatch,
      },
    )
    return peak
  } finally {
    bufferManager.acquireBuffer = acquire
    network.dispose()
  }
}

describe('the rehearsed peak is the measured one, within 15 %', () => {
  test.each<TrainingMemoryRequest>([
    { family: 'segformer', preset: 'tiny', side: 64, scale: 1, microBatch: 2 },
    { family: 'swin-unet', preset: 'tiny', side: 32, scale: 2, microBatch: 1, config: { emaDecay: 0.9 } },
    { family: 'efficientnetv2-unet', preset: 'tiny', side: 32, scale: 2.5, microBatch: 2 },
    { family: 'resnet-unet', preset: 'tiny', side: 64, scale: 1, microBatch: 1, config: { ohem: null } },
    { family: 'hrnet-ocr', preset: 'tiny', side: 64, scale: 1, microBatch: 1 },
    { family: 'segformer', preset: 'segformer-b0', side: 128, scale: 1, microBatch: 1 },
    { family: 'segformer', preset: 'segformer-b0', side: 128, scale: 1, microBatch: 1, checkpointing: true },
  ])(
    '$family $preset, $side px x $scale, batch $microBatch, checkpointing $checkpointing',
    { timeout: 60_000 },
    async request => {
      const { peakBytes, largestBytes } = estimateTrainingMemory(request)
      const peak = await measuredPeak(request)
      console.info(
        `${request.family} ${request.preset}: rehearsed ${(peakBytes / MEBIBYTE).toFixed(1)} MiB, measured ${(peak / MEBIBYTE).toFixed(1)}`,
      )
      expect(peakBytes / peak).toBeGreaterThan(0.85)
      expect(peakBytes / peak).toBeLessThan(1.15)
      expect(largestBytes).toBeLessThan(peakBytes / 2)
    },
  )
})
