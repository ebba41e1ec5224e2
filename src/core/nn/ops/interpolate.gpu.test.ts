import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../../gpu/testing/compare'
import { type Interpolation, type InterpolationSize, interpolate } from './interpolate'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const line = (values: number[]) => tf.tensor4d(values, [1, 1, values.length, 1])
const along = (values: number[], width: number | { scaleFactor: number }, options: Interpolation) =>
  interpolate(line(values), typeof width === 'number' ? [1, width] : width, options)

test('shrinking by two with antialiasing weighs four pixels 1, 3, 3, 1, cut at the rims', async () => {
  const y = along([8, 0, 0, 80, 0, 0], 3, { mode: 'bilinear', antialias: true })
  // Rim: weights 3, 3, 1 of 7. Middle: 0 1, 1 3, 2 3 of the pixels 1 to 4.
  expect(await largestDifference(y, [24 / 7, (3 * 80) / 8, 80 / 7])).toBeLessThan(1e-5)
})

test('growing with antialiasing is growing without', async () => {
  const values = [...pseudoRandom(5)]
  const plain = along(values, 11, { mode: 'bilinear' })
  const y = along(values, 11, { mode: 'bilinear', antialias: true })
  expect(await largestDifference(y, await plain.data())).toBeLessThan(1e-6)
})

test('a factor steps by its reciprocal even where the size had to be floored', async () => {
  const y = interpolate(tf.tensor4d([0, 1, 2], [1, 3, 1, 1]), { scaleFactor: 1.5 }, { mode: 'bilinear' })
  expect(y.shape).toEqual([1, 4, 1, 1])
  // (dst + 1/2) / 1.5 - 1/2, clamped at 0; by size it would be 0.75 a pixel.
  expect(await largestDifference(y, [0, 0.5, 2 / 1.5 - 1 / 6, 3 / 1.5 - 1 / 6])).toBeLessThan(1e-6)
})

test('nearest takes the left edge, nearest-exact the middle of an output pixel', async () => {
  const values = [0, 1, 2, 3, 4]
  expect(await largestDifference(along(values, 2, { mode: 'nearest' }), [0, 2])).toBe(0)
  expect(await largestDifference(along(values, 2, { mode: 'nearest-exact' }), [1, 3])).toBe(0)
})

const CASES: [string, InterpolationSize, Interpolation][] = [
  ['antialiased', [3, 4], { mode: 'bilinear', antialias: true }],
  ['by a factor', { scaleFactor: 1.7 }, { mode: 'bilinear' }],
  ['nearest-exact', [4, 9], { mode: 'nearest-exact' }],
]

describe.each(CASES)('%s', (_, size, options) => {
  test('the slope is the transposed map: <map(x), dy> = <x, slope(dy)>', async () => {
    const x = tf.tensor4d(pseudoRandom(2 * 7 * 6 * 3, 1), [2, 7, 6, 3])
    const y = interpolate(x, size, options)
    const dy = tf.tensor4d(pseudoRandom(y.size, 2), y.shape)
    const dx = tf.grad((given: tf.Tensor) => interpolate(given as tf.Tensor4D, size, options))(x, dy)
    const inner = async (a: tf.Tensor, b: tf.Tensor) => (await tf.sum(tf.mul(a, b)).data())[0]!
    expect(await inner(x, dx)).toBeCloseTo(await inner(y, dy), 4)
  })
})
