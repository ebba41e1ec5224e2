import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../../gpu/testing/compare'
import { gradientError } from '../../gpu/testing/finiteDifferences'
import { prefixSum } from './prefixSum'
import { sortDescending } from './sortDescending'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

describe('sortDescending', () => {
  test.each([1, 5, 257, 70_000])('%i values, stable', async count => {
    // Rounded so that many are equal: ties must keep their order.
    const values = pseudoRandom(count, 3).map(value => Math.round(value * 500) / 100)
    const expected = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b)
    const sorted = sortDescending(tf.tensor1d(values))
    expect(await sorted.indices.data()).toEqual(Int32Array.from(expected))
    expect(await sorted.values.data()).toEqual(Float32Array.from(expected, i => values[i]!))
  })

  test('negative numbers, both zeros and extremes', async () => {
    const x = tf.tensor1d([0, -1e30, 3e38, -0, -5, 2e-38, 2])
    expect(Array.from(await sortDescending(x).indices.data())).toEqual([2, 6, 5, 0, 3, 4, 1])
  })

  test.each([1, 5, 257, 70_000, 9])('the gradient of %i values goes where they came from', async count => {
    const values = pseudoRandom(count, 3).map(value => Math.round(value * 500) / 100)
    const dy = pseudoRandom(count, 4)
    const expected = new Float32Array(count)
    const places = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b)
    for (const [rank, place] of places.entries()) expected[place] = dy[rank]!
    const sort = (x: tf.Tensor) => sortDescending(x as tf.Tensor1D).values
    const gradient = tf.grad(sort)(tf.tensor1d(values), tf.tensor1d(dy))
    expect(await largestDifference(gradient, expected)).toBe(0)
  })

  test('agrees with finite differences', async () => {
    const x = tf.tensor1d([3, -1, 0.5, 2, -2, 7])
    const sort = (a: tf.Tensor) => tf.square(sortDescending(a as tf.Tensor1D).values)
    expect(await gradientError(sort, [x])).toBeLessThan(1e-4)
  })

  test('leaves nothing behind but its results', () => {
    const x = tf.tensor1d(pseudoRandom(300))
    const before = tf.memory().numTensors
    const { values, indices } = sortDescending(x)
    tf.dispose([values, indices])
    expect(tf.memory().numTensors).toBe(before)
  })
})

describe('prefixSum', () => {
  test.each([1, 64, 65, 5000])('%i values, with its gradient at every length', async count => {
    const x = pseudoRandom(count, 1)
    const dy = pseudoRandom(count, 2)
    let running = 0
    const sums = Array.from(x, value => (running += value))
    running = 0
    const slopes = Array.from(dy.toReversed(), value => (running += value)).reverse()
    const y = prefixSum(tf.tensor1d(x))
    expect(await largestDifference(y, sums)).toBeLessThan(1e-3)
    const gradient = tf.grad((a: tf.Tensor) => prefixSum(a as tf.Tensor1D))(tf.tensor1d(x), tf.tensor1d(dy))
    expect(await largestDifference(gradient, slopes)).toBeLessThan(1e-3)
  })

  test('agrees with finite differences at one length after another', async () => {
    for (const count of [5, 130, 64, 7]) {
      const sum = (x: tf.Tensor) => prefixSum(x as tf.Tensor1D)
      expect(await gradientError(sum, [tf.tensor1d(pseudoRandom(count, 1))], { step: 0.5 })).toBeLessThan(
        2e-4,
      )
    }
  })
})
