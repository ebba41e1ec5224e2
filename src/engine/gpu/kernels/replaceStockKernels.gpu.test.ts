import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startEngine } from '../startEngine'
import { tf } from '../tensorflow'
import { largestDifference, pseudoRandom } from '../testing/compareTensors'
import { webGpuBackend } from '../webgpuBackend'
import { preferTiles } from './softwareAdapters'

test('gradients of sums and means upload nothing', async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
  const backend = webGpuBackend()!
  const write = vi.spyOn(backend, 'write')
  const x = tf.tensor4d(pseudoRandom(5 * 6 * 7 * 8), [5, 6, 7, 8])
  const slope = pseudoRandom(5 * 8, 2)
  const dy = tf.tensor2d(slope, [5, 8])
  const uploads = () => write.mock.calls.filter(([values]) => values != null).length
  const before = uploads()
  const [mean] = tf.grads(given => tf.mean(given!, [1, 2]))([x], dy)
  const [sum] = tf.grads(given => tf.sum(given!, [1, 2]))([x], dy)
  expect(uploads()).toBe(before)
  write.mockRestore()
  const expected = Array.from({ length: x.size }, (_, i) => slope[8 * Math.floor(i / 336) + (i % 8)]!)
  expect(await largestDifference(sum!, expected)).toBe(0)
  expect(
    await largestDifference(
      mean!,
      expected.map(value => value / 42),
    ),
  ).toBeLessThan(1e-7)
  tf.dispose([x, dy, mean!, sum!])
})

describe('large shapes', () => {
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
})

describe('reductions', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  const SHAPE = [3, 5, 7, 6]

  /** Combines over some axes by the definition. */
  function define(
    values: ArrayLike<number>,
    axes: number[],
    combine: (a: number, b: number) => number,
  ): number[] {
    const result = new Map<string, number>()
    for (let i = 0; i < values.length; i++) {
      let rest = i
      const place = SHAPE.toReversed()
        .map(extent => {
          const at = rest % extent
          rest = Math.floor(rest / extent)
          return at
        })
        .toReversed()
      const key = place.filter((_, axis) => !axes.includes(axis)).join()
      result.set(key, result.has(key) ? combine(result.get(key)!, values[i]!) : values[i]!)
    }
    return [...result.values()]
  }

  describe.each([[[3]], [[2, 3]], [[0]], [[0, 1, 2]], [[1, 2]], [[1]], [[0, 2]], [[0, 1, 2, 3]]])(
    'over axes %j',
    axes => {
      const values = pseudoRandom(3 * 5 * 7 * 6, 1)
      const x = () => tf.tensor(values, SHAPE)
      const kept = SHAPE.map((extent, axis) => (axes.includes(axis) ? 1 : extent))

      test('sum and mean', async () => {
        const expected = define(values, axes, (a, b) => a + b)
        const total = tf.sum(x(), axes, true)
        expect(total.shape).toEqual(kept)
        expect(await largestDifference(total, expected)).toBeLessThan(1e-5)
        const count = values.length / expected.length
        const mean = tf.mean(x(), axes)
        expect(mean.shape).toEqual(SHAPE.filter((_, axis) => !axes.includes(axis)))
        const means = expected.map(value => value / count)
        expect(await largestDifference(mean, means)).toBeLessThan(1e-5)
      })

      test('maximum', async () => {
        expect(await largestDifference(tf.max(x(), axes), define(values, axes, Math.max))).toBe(0)
      })

      test('gradient of the mean', async () => {
        const gradient = tf.grad((a: tf.Tensor) => tf.sum(tf.mean(a, axes)))(x())
        const count = axes.reduce((product, axis) => product * SHAPE[axis]!, 1)
        expect(
          await largestDifference(
            gradient,
            values.map(() => 1 / count),
          ),
        ).toBeLessThan(1e-6)
      })
    },
  )

  test('integers and booleans still sum to integers', async () => {
    const total = tf.sum(tf.tensor1d([1, 2, 3], 'int32'))
    expect(total.dtype).toBe('int32')
    expect((await total.data())[0]).toBe(6)
    expect((await tf.sum(tf.tensor1d([true, false, true])).data())[0]).toBe(2)
  })

  test('numbers that were cast from booleans, whose buffer still holds integers', async () => {
    const flags = tf.tensor2d([1, 0, 1, 1, 1, 1], [3, 2], 'bool')
    const numbers = tf.cast(flags, 'float32')
    expect(await largestDifference(tf.sum(numbers, 1), [1, 2, 2])).toBe(0)
    expect(await largestDifference(tf.sum(numbers, 0), [3, 2])).toBe(0)
  })

  test('a million elements, and as many rows', async () => {
    const ones = tf.ones([1_000_000])
    expect((await tf.sum(ones).data())[0]).toBe(1_000_000)
    const rows = tf.sum(tf.ones([200_000, 2]), 1)
    expect(await largestDifference(tf.max(rows), [2])).toBe(0)
    expect(await largestDifference(tf.min(rows), [2])).toBe(0)
  })

  test('more tensors than a shader sees buffers are added, joined and stacked, with gradients', async () => {
    const numbers = Array.from({ length: 60 }, (_, i) => tf.square(tf.fill([1200], i)))
    const total = numbers.reduce((sum, _, i) => sum + i * i, 0)
    expect(await largestDifference(tf.max(tf.addN(numbers)), [total])).toBe(0)
    expect(await largestDifference(tf.min(tf.addN(numbers)), [total])).toBe(0)
    const joined = tf.concat(numbers.map(x => tf.slice(x, 0, 1)))
    expect(
      await largestDifference(
        joined,
        numbers.map((_, i) => i * i),
      ),
    ).toBe(0)
    expect(tf.stack(numbers).shape).toEqual([60, 1200])
    const slopes = tf.grads((...given: tf.Tensor[]) => tf.sum(tf.addN(given.map(x => tf.mul(x, 2)))))(numbers)
    expect(await largestDifference(tf.addN(slopes), Array(1200).fill(120))).toBe(0)
  })
})
