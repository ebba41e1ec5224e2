import { expect, test } from 'vitest'
import {
  add,
  addVectors,
  advance,
  assemble,
  constant,
  constantVector,
  get,
  load,
  loadSplat,
  loadVector,
  multiplyVectors,
  repeat,
  set,
  store,
  storeVector,
  subtractVectors,
} from './assembly'

// TensorFlow.js's memory is shared where the page may have threads.
const MEMORIES = [
  ['of one thread', () => new WebAssembly.Memory({ initial: 2 })],
  ['that threads share', () => new WebAssembly.Memory({ initial: 2, maximum: 0x10000, shared: true })],
] as const

test.each(MEMORIES)('a module computes in a memory %s', (_, make) => {
  const memory = make()
  const [from, to, count, spare, vector] = [0, 1, 2, 3, 4]
  const body = [
    ...set(spare, add(get(count), constant(-1065))),
    ...store(get(to), get(spare), 300),
    ...store(get(to), load(get(from), 4), 304),
    ...repeat(count, [
      ...set(vector, addVectors(loadVector(get(from)), loadSplat(get(from), 200))),
      ...set(
        vector,
        subtractVectors(multiplyVectors(get(vector), constantVector(0.5)), loadVector(get(from))),
      ),
      ...storeVector(get(to), get(vector)),
      ...advance(from, constant(16)),
      ...advance(to, constant(16)),
    ]),
  ]
  const { run } = assemble([{ name: 'run', parameters: 3, integers: 1, vectors: 1, body }], memory)
  const floats = new Float32Array(memory.buffer)
  const given = Float32Array.from({ length: 60 }, (_, i) => i * i)
  floats.set(given, 16)
  run(64, 0x10000, 2)
  const expected = Array.from({ length: 8 }, (_, i) => {
    return (given[i]! + given[50 + 4 * Math.floor(i / 4)]!) / 2 - given[i]!
  })
  expect([...floats.subarray(0x4000, 0x4008)]).toEqual(expected)
  const words = new Int32Array(memory.buffer)
  expect(words[(0x10000 + 300) / 4]).toBe(-1063)
  expect(floats[(0x10000 + 304) / 4]).toBe(1)
})
