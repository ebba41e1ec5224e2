import { expect } from 'vitest'
import { settledMemory } from './settledMemory'

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
