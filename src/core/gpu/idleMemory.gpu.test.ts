import { beforeAll, expect, test } from 'vitest'
import type { GuardedBackend } from './guardedBackend'
import { startEngine } from './startEngine'
import { tf } from './tensorflow'
import { largestDifference } from './testing/compare'
import { settledMemory } from './testing/settledMemory'
import { webGpuBackend } from './webgpuBackend'

const MEBIBYTE = 1024 * 1024

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

test('freed buffers are kept up to a bound, and what lives stays right when they go', async () => {
  const backend = webGpuBackend() as GuardedBackend
  const kept = backend.idleBytes
  backend.idleBytes = MEBIBYTE
  try {
    const living = tf.square(tf.fill([1000], 3))
    for (let i = 1; i <= 12; i++) {
      const freed = tf.square(tf.fill([64 * 1024 + i], i))
      expect(await largestDifference(tf.max(freed), [i * i])).toBe(0)
      freed.dispose()
    }
    const { gpuBytes, gpuAllocatedBytes } = await settledMemory()
    // What the last read brought back was freed after its submit.
    expect(gpuAllocatedBytes - gpuBytes).toBeLessThanOrEqual(MEBIBYTE + 16 * 1024)
    expect(await largestDifference(tf.add(living, 1), Array(1000).fill(10))).toBe(0)
  } finally {
    backend.idleBytes = kept
  }
})
