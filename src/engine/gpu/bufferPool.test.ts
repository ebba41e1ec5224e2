import { expect, test } from 'vitest'
import { BufferPool } from './bufferPool'

const MEBIBYTE = 1024 * 1024
const STORAGE = 128

/** A pool on a device without memory, and the sizes of the buffers that were destroyed, in MiB. */
function poolOf() {
  const destroyed: number[] = []
  const device = {
    createBuffer: ({ size, usage }: GPUBufferDescriptor) => ({
      size,
      usage,
      destroy: () => destroyed.push(size / MEBIBYTE),
    }),
  }
  const pool = new BufferPool(device as unknown as GPUDevice)
  const acquire = (mebibytes: number) => pool.acquireBuffer(mebibytes * MEBIBYTE, STORAGE)
  return { pool, acquire, destroyed }
}

test('a freed buffer serves the next request of its size and usage, and no other', () => {
  const { pool, acquire } = poolOf()
  const first = acquire(1)
  pool.releaseBuffer(first)
  expect(acquire(2)).not.toBe(first)
  expect(pool.acquireBuffer(MEBIBYTE, STORAGE | 1)).not.toBe(first)
  expect(acquire(1)).toBe(first)
  expect(pool.numBytesUsed).toBe(4 * MEBIBYTE)
  expect(pool.numBytesAllocated).toBe(4 * MEBIBYTE)
  expect([pool.getNumUsedBuffers(), pool.getNumFreeBuffers()]).toEqual([3, 0])
})

test('past an eighth more than was in use the largest freed buffers go, no more than needed', () => {
  const { pool, acquire, destroyed } = poolOf()
  const buffers = [100, 300, 200, 200].map(acquire)
  for (const buffer of buffers) pool.releaseBuffer(buffer)
  pool.submitted()
  // 800 were in use, 900 may exist.
  acquire(90)
  expect(destroyed).toEqual([])
  acquire(50)
  expect(destroyed).toEqual([300])
  acquire(400)
  expect(destroyed).toEqual([300, 200])
  expect(pool.numBytesAllocated).toBe((100 + 200 + 90 + 50 + 400) * MEBIBYTE)
})

test('what was freed since the last submit is reused, never destroyed', () => {
  const { pool, acquire, destroyed } = poolOf()
  const early = acquire(400)
  const late = acquire(500)
  pool.releaseBuffer(early)
  pool.submitted()
  pool.releaseBuffer(late)
  acquire(450)
  expect(destroyed).toEqual([400])
  expect(acquire(500)).toBe(late)
})

test('up to 256 MiB nothing goes, and what is asked for fits always', () => {
  const { pool, acquire, destroyed } = poolOf()
  for (const size of [20, 40, 60, 100]) {
    pool.releaseBuffer(acquire(size))
    pool.submitted()
  }
  expect(destroyed).toEqual([])
  expect(acquire(1000).size).toBe(1000 * MEBIBYTE)
})

test('a buffer that is not to be reused is destroyed at once, and one that is not in use is refused', () => {
  const { pool, acquire, destroyed } = poolOf()
  const buffer = acquire(3)
  pool.releaseBuffer(buffer, false)
  expect(destroyed).toEqual([3])
  expect(pool.numBytesAllocated).toBe(0)
  expect(() => pool.releaseBuffer(buffer)).toThrow(RangeError)
})

test('releasing what is idle leaves what is in use, and starts the mark there', () => {
  const { pool, acquire, destroyed } = poolOf()
  const kept = acquire(100)
  pool.releaseBuffer(acquire(900))
  pool.releaseIdle()
  expect(destroyed).toEqual([900])
  expect(pool.numBytesAllocated).toBe(kept.size)
  pool.releaseBuffer(acquire(300))
  pool.submitted()
  acquire(200)
  expect(destroyed).toEqual([900, 300])
  pool.dispose()
  expect(destroyed).toHaveLength(4)
})
