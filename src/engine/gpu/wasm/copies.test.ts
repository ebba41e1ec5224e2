import { resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../startEngine'
import { pseudoRandom } from '../testing/compareTensors'
import { join, transposeRuns } from './copies'
import { wasmBackend } from './liveBackend'

beforeAll(async () => {
  const wasmPath = `${resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`
  await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath })
  expect(tf.getBackend()).toBe('wasm')
})

const random = (shape: readonly number[], seed: number) =>
  tf.tensor(pseudoRandom(tf.util.sizeFromShape([...shape]), seed), [...shape])

/** Its values; it leaves nothing else behind. */
async function valuesOf(run: () => tf.Tensor): Promise<number[]> {
  const before = [tf.memory().numTensors, tf.backend().numDataIds()]
  const y = tf.tidy(run)
  const values = [...(await y.data())]
  y.dispose()
  expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before)
  return values
}

/** Places of a shape's elements in their order. */
const placesOf = (shape: readonly number[]): number[][] =>
  shape.reduce<number[][]>(
    (places, extent) => places.flatMap(place => Array.from({ length: extent }, (_, i) => [...place, i])),
    [[]],
  )

const indexOf = (place: readonly number[], shape: readonly number[]) =>
  place.reduce((index, at, axis) => index * shape[axis]! + at, 0)

test.each([
  [
    [5, 3, 4],
    [1, 0, 2],
  ],
  [
    [2, 3, 5, 8],
    [2, 0, 1, 3],
  ],
  [
    [3, 7, 3, 7, 2, 12],
    [4, 0, 2, 1, 3, 5],
  ],
  [
    [2, 1, 3, 1, 4],
    [2, 1, 0, 3, 4],
  ],
  [
    [2, 3, 4],
    [0, 1, 2],
  ],
  // Axes that stay together: the last two are one run.
  [
    [4, 2, 3, 4],
    [1, 0, 2, 3],
  ],
  // No vector, the last axis elsewhere, nothing at all: TensorFlow.js's.
  [
    [4, 5, 3],
    [1, 0, 2],
  ],
  [
    [4, 8],
    [1, 0],
  ],
  [
    [0, 2, 4],
    [1, 0, 2],
  ],
])('a transpose of %j in the order %j', async (shape, order) => {
  const x = random(shape, 1)
  const given = await x.data()
  const expected = placesOf(order.map(axis => shape[axis]!)).map(place => {
    const source = shape.map((_, axis) => place[order.indexOf(axis)]!)
    return given[indexOf(source, shape)]!
  })
  expect(expected.length).toBe(x.size)
  expect(await valuesOf(() => tf.transpose(x, order))).toEqual(expected)
  x.dispose()
})

test.each([
  [
    [
      [3, 4],
      [3, 8],
    ],
    1,
  ],
  [
    [
      [2, 3, 5, 4],
      [2, 3, 5, 12],
      [2, 3, 5, 4],
    ],
    -1,
  ],
  [
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
    1,
  ],
  [
    [
      [2, 4],
      [5, 4],
    ],
    0,
  ],
  [
    [
      [3, 4],
      [3, 0],
      [3, 4],
    ],
    1,
  ],
  // Part of a vector: TensorFlow.js's.
  [
    [
      [3, 4],
      [3, 3],
    ],
    1,
  ],
])('%j joined along axis %d', async (shapes, axis) => {
  const parts = shapes.map((shape, i) => random(shape, i + 1))
  const given = await Promise.all(parts.map(part => part.data()))
  const along = (axis + shapes[0]!.length) % shapes[0]!.length
  const shape = shapes[0]!.map((extent, i) => (i === along ? shapes.reduce((n, s) => n + s[i]!, 0) : extent))
  const expected = placesOf(shape).map(place => {
    let [part, rest] = [0, place[along]!]
    while (rest >= shapes[part]![along]!) rest -= shapes[part++]![along]!
    return given[part]![indexOf(place.with(along, rest), shapes[part]!)]!
  })
  expect(expected.length).toBe(parts.reduce((sum, { size }) => sum + size, 0))
  expect(await valuesOf(() => tf.concat(parts, axis))).toEqual(expected)
  tf.dispose(parts)
})

test('what the kernels cannot take is left to others', () => {
  tf.tidy(() => {
    const backend = wasmBackend()!
    const given = { shape: [4, 5, 3], order: [1, 0, 2], outShape: [5, 4, 3] }
    expect(transposeRuns(backend, tf.zeros([4, 5, 3]), given)).toBeNull()
    expect(join(backend, [tf.zeros([2, 4], 'int32'), tf.zeros([2, 4], 'int32')], 1)).toBeNull()
    expect(join(backend, [tf.zeros([2, 4]), tf.zeros([2, 3])], 1)).toBeNull()
  })
})
