import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startEngine } from '../startEngine'
import { tf } from '../tensorflow'
import { largestDifference, pseudoRandom } from '../testing/compare'
import { webGpuBackend } from '../webgpuBackend'
import { preferTiles } from './replaceStockKernels'

// Just past what the tiles of the stock kernels cover: 65,535 workgroups of 16 or 32 rows.
const ROWS = 2_097_153

let onSoftware = false
beforeAll(async () => {
  onSoftware = (await startEngine({ prefer: 'webgpu', purpose: 'training' })).software
  expect(tf.getBackend()).toBe('webgpu')
})

/** The last `count` elements. */
const tail = (x: tf.Tensor, count: number) => tf.slice(tf.reshape(x, [-1]), x.size - count, count)

/** 0, 1, 2, 0, 1, 2, ...: different in neighbouring rows, exact in every sum below. */
const cycle = (size: number) => tf.tidy(() => tf.mod(tf.range(0, size, 1, 'float32'), 3))

describe.each([
  ['as on hardware', false],
  ['as on software adapters', true],
])('more rows than a dispatch has tiles, %s', (_, software) => {
  beforeEach(() => {
    tf.engine().startScope()
    preferTiles(webGpuBackend()!, software)
  })
  afterEach(() => {
    tf.engine().endScope()
    preferTiles(webGpuBackend()!, onSoftware)
  })

  test('product, and its gradients', async () => {
    const a = tf.reshape(cycle(ROWS * 2), [ROWS, 2]) as tf.Tensor2D
    const b = tf.tensor2d([1, 10], [2, 1])
    const product = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D)
    // The last rows are [2, 0] and [1, 2].
    expect(await largestDifference(tail(product(a, b), 2), [2, 21])).toBe(0)
    const [dx, dy] = tf.grads(product)([a, b])
    expect(await largestDifference(tail(dx!, 4), [1, 10, 1, 10])).toBe(0)
    expect(await largestDifference(dy!, [ROWS, ROWS])).toBeLessThan(2)
  })

  test('a product with a long inner axis gives the same bits every time', async () => {
    const a = tf.tensor2d(pseudoRandom(3 * 9000, 1), [3, 9000])
    const b = tf.tensor2d(pseudoRandom(9000 * 50, 2), [9000, 50])
    expect(await tf.matMul(a, b).data()).toEqual(await tf.matMul(a, b).data())
  })

  test('transpose, either way', async () => {
    const x = tf.reshape(cycle(ROWS * 2), [ROWS, 2]) as tf.Tensor2D
    const turned = tf.transpose(x)
    expect(turned.shape).toEqual([2, ROWS])
    expect(await largestDifference(tail(turned, 2), [0, 2])).toBe(0)
    expect(await largestDifference(tf.max(tf.abs(tf.sub(tf.transpose(turned), x))), [0])).toBe(0)
  })

  test('sums over rows and columns', async () => {
    const x = tf.ones([ROWS, 2])
    expect(await largestDifference(tf.sum(x, 0), [ROWS, ROWS])).toBe(0)
    expect(await largestDifference(tail(tf.sum(x, 1), 3), [2, 2, 2])).toBe(0)
  })

  test('convolution, and its gradients', async () => {
    const [height, width] = [1449, 1449]
    const x = tf.reshape(cycle(height * width), [1, height, width, 1]) as tf.Tensor4D
    const w = tf.tensor4d([0, 1, 2], [1, 3, 1, 1])
    const run = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same')
    // 1449 is a multiple of 3: every row ends 1, 2 and beyond it lies the padding.
    expect(await largestDifference(tail(run(x, w), 2), [5, 2])).toBe(0)
    const [dx, dw] = tf.grads(run)([x, w])
    // A pixel reaches its own output by the middle tap and its left neighbour's by the last.
    expect(await largestDifference(tail(dx!, 2), [3, 3])).toBe(0)
    const centre = tf.slice(tf.reshape(dw!, [-1]), 1, 1)
    expect(await largestDifference(centre, [height * width])).toBeLessThan(2)
  })
})
