import * as tf from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import { finishSums } from '../kernels/partialSums'
import { type EngineMemory, engineMemory, webGpuBackend } from '../webgpuBackend'

/**
 * What tensors hold once every recorded command was submitted, for comparing before and after: only a submit hands
 * freed buffers back, and reading submits. `data` counts what the backend itself knows, tracked by a tensor or not.
 */
export async function settledMemory(): Promise<EngineMemory & { data: number }> {
  // Sums that an earlier test left waiting would be added up, and take another buffer, at any time.
  const backend = webGpuBackend()
  if (backend) finishSums(backend)
  // Large enough that TensorFlow.js does not compute it on the CPU.
  const computed = tf.tidy(() => tf.square(tf.ones([2048])))
  await computed.data()
  computed.dispose()
  return { ...engineMemory(), data: tf.backend().numDataIds() }
}

/** How many losses of four bytes are on their way at once depends on the pace of the machine. */
const LATE_READS = 1024

/**
 * Runs something three times. Tensors, what the backend holds for them and GPU buffers in use are the same after every
 * run as before the first. Freed buffers are kept for reuse: the last run finds all it needs among those of the others,
 * so that repeating it does not grow the pool.
 */
export async function expectNoLeak(run: () => Promise<void>): Promise<void> {
  const { gpuAllocatedBytes: _, ...before } = await memory()
  const allocated: number[] = []
  for (let i = 0; i < 3; i++) {
    await run()
    const { gpuAllocatedBytes, ...after } = await memory()
    expect(after).toEqual(before)
    allocated.push(gpuAllocatedBytes)
  }
  expect(allocated[2]! - allocated[1]!).toBeLessThanOrEqual(LATE_READS)
}

/** What lives now; results that a cancelled run still had on their way free themselves on arrival. */
async function memory() {
  await settledMemory()
  await new Promise(resolve => setTimeout(resolve, 20))
  return settledMemory()
}

/** Makes the device report an error, as late as devices do. */
export function breakDevice(): void {
  const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE
  webGpuBackend()!.device.createBuffer({ size: 4, usage })
}

const LIMIT_NAMES = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const

export type SmallerLimits = Partial<Record<(typeof LIMIT_NAMES)[number], number>>

/** Lets the device seem to have smaller limits than it has, until the function that comes back is called. */
export function shrinkLimits(smaller: SmallerLimits): () => void {
  const { device } = webGpuBackend()!
  const { limits } = device
  const own = Object.fromEntries(LIMIT_NAMES.map(name => [name, limits[name]]))
  Object.defineProperty(device, 'limits', { value: { ...own, ...smaller }, configurable: true })
  return () => void Object.defineProperty(device, 'limits', { value: limits, configurable: true })
}

/** The same while something runs. */
export function withLimits<T>(smaller: SmallerLimits, run: () => T): T {
  const restore = shrinkLimits(smaller)
  try {
    return run()
  } finally {
    restore()
  }
}
