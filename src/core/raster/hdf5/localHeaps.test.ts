import { expect, test } from 'vitest'
import { checkLocalHeaps } from './localHeaps'

/** A file of nothing but a heap (HDF5 file format, III.D) of two free blocks, at these places in its data. */
function heapOf(first: number, second: number, end = 1): Uint8Array {
  const view = new DataView(new ArrayBuffer(100))
  const numbers = (at: number, ...values: number[]) => {
    for (const [i, value] of values.entries()) view.setBigUint64(at + 8 * i, BigInt(value), true)
  }
  new Uint8Array(view.buffer).set(new TextEncoder().encode('HEAP'), 4)
  const data = 36
  numbers(4 + 8, 64, first, data)
  numbers(data + first, second, 16)
  numbers(data + second, end, 16)
  return new Uint8Array(view.buffer)
}

test('refuses a heap whose free blocks lead in a circle: the library would fill the memory', () => {
  const circle = 'free blocks that lead in a circle'
  expect(() => checkLocalHeaps(heapOf(0, 16))).not.toThrow()
  expect(() => checkLocalHeaps(heapOf(48, 16))).not.toThrow()
  expect(() => checkLocalHeaps(heapOf(48, 16, 48))).toThrow(circle)
  expect(() => checkLocalHeaps(heapOf(0, 16, 16))).toThrow(circle)
  // What leads out of the data, the library refuses by itself.
  expect(() => checkLocalHeaps(heapOf(0, 16, 999))).not.toThrow()
  expect(() => checkLocalHeaps(heapOf(0, 16).subarray(0, 50))).not.toThrow()
})
