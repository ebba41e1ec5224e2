import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../../gpu/testing/compare'
import { axisMatrix, bilinearAxis, nearestAxis } from './axisMap'
import { resizeBilinear } from './resizeBilinear'
import { resizeNearest } from './resizeNearest'
import { separableMap } from './separableMap'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

test('half-pixel centres: a step is spread as PyTorch spreads it', async () => {
  const x = tf.tensor4d([0, 8], [1, 1, 2, 1])
  expect(Array.from(await resizeBilinear(x, [1, 4]).data())).toEqual([0, 2, 6, 8])
  expect(Array.from(await resizeBilinear(x, [1, 5], { alignCorners: true }).data())).toEqual([0, 2, 4, 6, 8])
})

test('nearest rounds down', async () => {
  const x = tf.tensor4d([1, 2, 3], [1, 1, 3, 1])
  expect(Array.from(await resizeNearest(x, [1, 7]).data())).toEqual([1, 1, 1, 2, 2, 3, 3])
  expect(Array.from(await resizeNearest(x, [1, 2]).data())).toEqual([1, 2])
})

const SIZES: [number, number, number, number][] = [
  [4, 6, 8, 12],
  [5, 3, 32, 22],
  [13, 9, 7, 5],
  [16, 12, 1, 1],
  [1, 1, 5, 4],
  [3, 7, 3, 2],
  // Nearest reads a pixel less at 29, as PyTorch's float32.
  [30, 2, 58, 4],
]

describe.each(SIZES)('%i x %i to %i x %i', (height, width, h, w) => {
  const kinds = [
    ['bilinear', false],
    ['bilinear, aligned corners', true],
    ['nearest', null],
  ] as const
  test.each(kinds)('%s equals its matrices, and its gradient the transposed ones', async (_, aligned) => {
    const x = tf.tensor4d(pseudoRandom(2 * height * width * 3, 1), [2, height, width, 3])
    const dy = tf.tensor4d(pseudoRandom(2 * h * w * 3, 2), [2, h, w, 3])
    const nearest = aligned === null
    const axis = (from: number, to: number) => {
      const map = nearest ? nearestAxis(from, to) : bilinearAxis(from, to, aligned)
      return axisMatrix(map, from, to, nearest)
    }
    const [rows, columns] = [axis(height, h), axis(width, w)]
    const plain = (a: tf.Tensor) => separableMap(a as tf.Tensor4D, [h, w], rows, columns)
    const ours = (a: tf.Tensor) =>
      nearest
        ? resizeNearest(a as tf.Tensor4D, [h, w])
        : resizeBilinear(a as tf.Tensor4D, [h, w], { alignCorners: aligned })
    expect(await largestDifference(ours(x), await plain(x).data())).toBeLessThan(2e-6)
    const expected = await tf.grad(plain)(x, dy).data()
    expect(await largestDifference(tf.grad(ours)(x, dy), expected)).toBeLessThan(1e-5)
  })
})
