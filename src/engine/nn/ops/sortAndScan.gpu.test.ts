import { beforeAll, describe, expect, test } from 'vitest'
import { prefersTiles, preferTiles } from '../../gpu/kernels/softwareAdapters'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { gradientError, largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { expectNoLeak } from '../../gpu/testing/memoryAndLimits'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { prefixSum, sortDescending, valueAtRank } from './sortAndScan'

describe('sort descending', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  describe('sortDescending', () => {
    test.each([1, 5, 257, 70_000, 150_000])(
      '%i values, stable, by a workgroup a tile and by one invocation',
      async count => {
        // Rounded so that many are equal: ties must keep their order.
        const values = pseudoRandom(count, 3).map(value => Math.round(value * 500) / 100)
        const expected = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b)
        const backend = webGpuBackend()!
        const software = prefersTiles(backend)
        try {
          for (const alone of [true, false]) {
            preferTiles(backend, alone)
            const sorted = sortDescending(tf.tensor1d(values))
            expect(await sorted.indices.data(), `alone: ${alone}`).toEqual(Int32Array.from(expected))
            expect(await sorted.values.data()).toEqual(Float32Array.from(expected, i => values[i]!))
          }
        } finally {
          preferTiles(backend, software)
        }
      },
    )

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

    test('the gradient flows on through what is made of the largest values', async () => {
      const largest = (x: tf.Tensor) => tf.slice(sortDescending(tf.mul(x, 3) as tf.Tensor1D).values, 0, 2)
      const squares = (x: tf.Tensor) => tf.square(tf.sub(largest(x), 1))
      const dx = tf.grad(squares)(tf.tensor1d([1, 4, 2]), tf.tensor1d([1, 1]))
      expect(Array.from(await dx.data())).toEqual([0, 66, 30])
    })

    test('other backends sort and scatter alike', async () => {
      await startEngine({ prefer: 'cpu', purpose: 'training' })
      try {
        const x = tf.tensor1d([3, 1, 3, 2])
        expect(Array.from(await sortDescending(x).indices.data())).toEqual([0, 2, 3, 1])
        const sort = (a: tf.Tensor) => sortDescending(a as tf.Tensor1D).values
        const dx = tf.grad(sort)(x, tf.tensor1d([10, 20, 30, 40]))
        expect(Array.from(await dx.data())).toEqual([10, 40, 20, 30])
      } finally {
        await startEngine({ prefer: 'webgpu', purpose: 'training' })
      }
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
})

describe('value at rank', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  const CASES: Record<string, Float32Array> = {
    'one value': Float32Array.of(-3),
    'both signs, zeros, ties': Float32Array.of(0, 1.5, -0, -2, 1.5, 3e38, -3e38, 1e-30, -1e-30, 0.25),
    'more than a chunk': pseudoRandom(1000, 4),
    'all the same': new Float32Array(300).fill(-0.5),
    'many that differ in their last digits': pseudoRandom(70_000, 9).map(value => 1 + value / 4096),
  }

  test.each(Object.keys(CASES))('%s: equal to sorting', async name => {
    const values = CASES[name]!
    const sorted = Float32Array.from(values).sort().reverse()
    const x = tf.tensor1d(values)
    for (const rank of new Set([0, 1, Math.floor(values.length / 3), values.length - 1])) {
      if (rank >= values.length) continue
      const found = (await valueAtRank(x, tf.tensor1d([rank], 'int32')).data())[0]!
      // Zeros have no sign here.
      expect(found + 0).toBe(sorted[rank]! + 0)
    }
  })

  test('leaves nothing behind', () =>
    expectNoLeak(async () => {
      const x = tf.tensor1d(pseudoRandom(500))
      const rank = tf.scalar(7, 'int32')
      const value = valueAtRank(x, rank)
      await value.data()
      tf.dispose([x, rank, value])
    }))
})
