import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../../gpu/testing/compare'
import { gradientError } from '../../gpu/testing/finiteDifferences'
import { topK } from './topK'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const select = (k: number) => (x: tf.Tensor) => topK(x as tf.Tensor1D, k).values

/** Numbers half a unit apart in a random order: no small step changes which are the largest. */
function apart(count: number): Float32Array {
  const random = pseudoRandom(count, 5)
  const order = [...random.keys()].sort((a, b) => random[a]! - random[b]!)
  const values = new Float32Array(count)
  for (const [rank, i] of order.entries()) values[i] = rank / 2
  return values
}

describe.each([
  [1, 1],
  [7, 3],
  [300, 40],
  [70_000, 69_999],
])('of %i values the largest %i', (count, k) => {
  const values = pseudoRandom(count, 2).map(value => Math.round(value * 50) / 10)
  const expected = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, k)

  test('with their places, ties in order', async () => {
    const selected = topK(tf.tensor1d(values), k)
    expect(await selected.indices.data()).toEqual(Int32Array.from(expected))
    expect(await selected.values.data()).toEqual(Float32Array.from(expected, i => values[i]!))
  })

  test('the gradient goes to them alone, exactly and twice the same', async () => {
    const dy = pseudoRandom(k, 3)
    const slopes = new Float32Array(count)
    for (const [rank, i] of expected.entries()) slopes[i] = dy[rank]!
    const gradient = () => tf.grad(select(k))(tf.tensor1d(values), tf.tensor1d(dy))
    expect(await largestDifference(gradient(), slopes)).toBe(0)
    expect(await gradient().data()).toEqual(await gradient().data())
  })
})

test('agrees with finite differences', async () => {
  expect(await gradientError(select(5), [tf.tensor1d(apart(12))])).toBeLessThan(2e-5)
})

test('flows on: the gradient of a function of the selected values', async () => {
  const squares = (x: tf.Tensor) => tf.square(tf.sub(select(2)(tf.mul(x, 3)), 1))
  const dx = tf.grad(squares)(tf.tensor1d([1, 4, 2]), tf.tensor1d([1, 1]))
  expect(Array.from(await dx.data())).toEqual([0, 66, 30])
})

test('more than there are, or none, is refused', () => {
  for (const k of [0, 4, 1.5]) {
    expect(() => topK(tf.tensor1d([1, 2, 3]), k)).toThrow(expect.objectContaining({ code: 'bad-argument' }))
  }
})

test('other backends select and scatter alike', async () => {
  await startEngine({ prefer: 'cpu', purpose: 'training' })
  try {
    const x = tf.tensor1d([3, 1, 3, 2])
    const selected = topK(x, 3)
    expect(Array.from(await selected.indices.data())).toEqual([0, 2, 3])
    const dx = tf.grad(select(3))(x, tf.tensor1d([10, 20, 30]))
    expect(Array.from(await dx.data())).toEqual([10, 0, 20, 30])
  } finally {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
  }
})
