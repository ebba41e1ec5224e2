import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import {
  axisMatrix,
  bilinearAxis,
  type Interpolation,
  type InterpolationSize,
  interpolate,
  nearestAxis,
  resizeBilinear,
  resizeNearest,
  separableMap,
  sumResized,
} from './resize'

describe('interpolate', () => {
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
})

describe('resize', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  test('half-pixel centres: a step is spread as PyTorch spreads it', async () => {
    const x = tf.tensor4d([0, 8], [1, 1, 2, 1])
    expect(Array.from(await resizeBilinear(x, [1, 4]).data())).toEqual([0, 2, 6, 8])
    expect(Array.from(await resizeBilinear(x, [1, 5], { alignCorners: true }).data())).toEqual([
      0, 2, 4, 6, 8,
    ])
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
})

describe('sum of resized maps', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  const CASES: [string, number, boolean, [number, number][]][] = [
    [
      'three channels',
      3,
      false,
      [
        [2, 3],
        [9, 7],
        [5, 4],
      ],
    ],
    [
      'four channels, aligned corners',
      4,
      true,
      [
        [9, 7],
        [1, 1],
        [3, 9],
        [9, 7],
      ],
    ],
    ['one map', 8, false, [[4, 5]]],
    ['more maps than a dispatch adds', 4, false, Array.from({ length: 5 }, (_, i) => [i + 6, 8 - i])],
  ]

  test.each(CASES)('%s: equals the maps resized one by one', async (_, channels, alignCorners, sizes) => {
    const maps = sizes.map(([height, width], i) =>
      tf.tensor4d(pseudoRandom(2 * height * width * channels, i + 1), [2, height, width, channels]),
    )
    const to = [9, 7] as const
    const ours = (...given: tf.Tensor[]) => sumResized(given as tf.Tensor4D[], to, { alignCorners })
    const oneByOne = (...given: tf.Tensor[]) =>
      given
        .map(map => resizeBilinear(map as tf.Tensor4D, to, { alignCorners }) as tf.Tensor)
        .reduce((sum, map) => tf.add(sum, map))
    await expectSameGradients(ours, oneByOne, maps, 1e-5)
    const activated = (...given: tf.Tensor[]) =>
      sumResized(given as tf.Tensor4D[], to, { alignCorners, activation: 'relu' })
    await expectSameGradients(activated, (...given) => tf.relu(oneByOne(...given)), maps, 1e-5)
  })
})
