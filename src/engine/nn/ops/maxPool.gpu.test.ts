import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { gradientError, largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { maxPool } from './maxPool'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

interface Windows {
  size: number
  stride: number
  padding: number
}

const pool = (windows: Windows) => (x: tf.Tensor) => maxPool(x as tf.Tensor4D, windows)

/** Distinct numbers below 0 in a random order, a unit apart. */
function negative(count: number): Float32Array {
  const random = pseudoRandom(count, 8)
  const values = new Float32Array(count)
  const order = [...random.keys()].sort((a, b) => random[a]! - random[b]!)
  for (const [rank, i] of order.entries()) values[i] = -1 - rank
  return values
}

const SHAPES: [[number, number, number, number], Windows][] = [
  [[1, 7, 5, 3], { size: 3, stride: 2, padding: 1 }],
  [[2, 8, 6, 4], { size: 3, stride: 2, padding: 1 }],
  [[1, 9, 7, 1], { size: 3, stride: 1, padding: 1 }],
  [[1, 6, 9, 2], { size: 2, stride: 2, padding: 0 }],
  [[1, 7, 7, 2], { size: 2, stride: 3, padding: 1 }],
  [[1, 2, 2, 5], { size: 4, stride: 1, padding: 2 }],
]

describe.each(SHAPES)('[%j] in windows %j, every number below 0', (shape, windows) => {
  const values = negative(tf.util.sizeFromShape(shape))

  test('padding never wins; value and gradient equal the definition', async () => {
    const expected = define(values, shape, windows)
    const y = pool(windows)(tf.tensor4d(values, shape))
    expect(y.shape).toEqual(expected.shape)
    expect(await largestDifference(y, expected.y)).toBe(0)
    const dx = tf.grad(pool(windows))(tf.tensor4d(values, shape), tf.tensor(expected.dy, y.shape))
    expect(await largestDifference(dx, expected.dx)).toBeLessThan(1e-6)
  })

  test('the gradient agrees with finite differences', async () => {
    expect(await gradientError(pool(windows), [tf.tensor4d(values, shape)], { step: 0.125 })).toBeLessThan(
      2e-4,
    )
  })
})

test('of equal pixels the first takes the whole gradient, as in PyTorch', async () => {
  const dx = tf.grad(pool({ size: 2, stride: 2, padding: 0 }))(
    tf.ones([1, 2, 2, 1]),
    tf.fill([1, 1, 1, 1], 5),
  )
  expect(Array.from(await dx.data())).toEqual([5, 0, 0, 0])
})

test('numbers beyond the stock kernel’s floor of -1e20 stay themselves', async () => {
  const y = maxPool(tf.fill([1, 2, 2, 1], -1e30), { size: 2 })
  expect((await y.data())[0]).toBe(Math.fround(-1e30))
})

test('windows that do not fit are refused', () => {
  const x = tf.zeros([1, 4, 4, 1]) as tf.Tensor4D
  expect(() => maxPool(x, { size: 3, padding: 2 })).toThrow(expect.objectContaining({ code: 'bad-argument' }))
  expect(() => maxPool(x, { size: 5 })).toThrow(expect.objectContaining({ code: 'shape-mismatch' }))
})

test('other backends agree, ties included', async () => {
  await startEngine({ prefer: 'cpu', purpose: 'training' })
  try {
    const [shape, windows] = SHAPES[0]!
    const values = negative(tf.util.sizeFromShape(shape)).map(value => Math.floor(value / 10))
    const expected = define(values, shape, windows)
    const x = tf.tensor4d(values, shape)
    expect(await largestDifference(pool(windows)(x), expected.y)).toBe(0)
    const dx = tf.grad(pool(windows))(x, tf.tensor(expected.dy, expected.shape))
    expect(await largestDifference(dx, expected.dx)).toBeLessThan(1e-6)
  } finally {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
  }
})

function define(x: ArrayLike<number>, shape: number[], { size, stride, padding }: Windows) {
  const [batch, height, width, channels] = shape as [number, number, number, number]
  const along = (extent: number) => Math.floor((extent + 2 * padding - size) / stride) + 1
  const [h, w] = [along(height), along(width)]
  const y = new Float32Array(batch * h * w * channels)
  const dy = pseudoRandom(y.length, 9)
  const dx = new Float64Array(x.length)
  for (let target = 0; target < y.length; target++) {
    const channel = target % channels
    const left = (Math.floor(target / channels) % w) * stride - padding
    const top = (Math.floor(target / channels / w) % h) * stride - padding
    const image = Math.floor(target / channels / w / h)
    let winner = -1
    for (let row = Math.max(0, top); row < Math.min(height, top + size); row++) {
      for (let column = Math.max(0, left); column < Math.min(width, left + size); column++) {
        const place = ((image * height + row) * width + column) * channels + channel
        if (winner < 0 || x[place]! > x[winner]!) winner = place
      }
    }
    y[target] = x[winner]!
    dx[winner]! += dy[target]!
  }
  return { shape: [batch, h, w, channels], y, dy, dx }
}
