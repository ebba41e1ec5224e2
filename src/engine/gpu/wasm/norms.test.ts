import { resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../startEngine'
import { pseudoRandom } from '../testing/compareTensors'
import { wasmBackend } from './liveBackend'
import { pixelMeans } from './norms'

beforeAll(async () => {
  const wasmPath = `${resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`
  await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath })
  expect(tf.getBackend()).toBe('wasm')
})

test.each([
  [[1, 2], true, [2, 1, 1, 8]],
  [[2, 1], false, [2, 8]],
  [[1, -2], false, [2, 8]],
  // Other axes than the pixels, and channels that fill no vectors: TensorFlow.js's.
  [[0, 1], true, [1, 1, 5, 8]],
  [[1, 2], true, [2, 1, 1, 6]],
] as const)('means over axes %j, kept: %s', async (axes, kept, outShape) => {
  const shape = [2, 3, 5, outShape.at(-1)!] as [number, number, number, number]
  const x = tf.tensor4d(pseudoRandom(tf.util.sizeFromShape(shape), 1), shape)
  const given = await x.data()
  const over = axes.map(axis => (axis + 4) % 4)
  const sums = new Map<string, number[]>()
  for (const [i, value] of given.entries()) {
    const strides = [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1]
    const place = strides.map((stride, axis) => Math.floor(i / stride) % shape[axis]!)
    const key = place.filter((_, axis) => !over.includes(axis)).join()
    sums.set(key, [...(sums.get(key) ?? []), value])
  }
  const expected = [...sums.values()].map(values => values.reduce((a, b) => a + b, 0) / values.length)
  const before = [tf.memory().numTensors, tf.backend().numDataIds()]
  const y = tf.mean(x, [...axes], kept)
  expect(y.shape).toEqual(outShape)
  const values = await y.data()
  expect(values.length).toBe(expected.length)
  expect(expected.filter((value, i) => !(Math.abs(value - values[i]!) < 1e-6))).toEqual([])
  y.dispose()
  expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before)
  x.dispose()
})

test('it takes channels that fill vectors alone', () => {
  tf.tidy(() => {
    const backend = wasmBackend()!
    const made = pixelMeans(backend, tf.zeros([2, 3, 5, 8]), [2, 8])!
    expect(made.shape).toEqual([2, 8])
    backend.disposeData(made.dataId)
    expect(pixelMeans(backend, tf.zeros([2, 3, 5, 6]), [2, 6])).toBeNull()
    expect(pixelMeans(backend, tf.zeros([2, 3, 5, 8], 'int32'), [2, 8])).toBeNull()
  })
})
