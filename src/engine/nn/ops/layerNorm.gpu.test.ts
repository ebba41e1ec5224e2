import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { preferTiles } from '../../gpu/kernels/softwareAdapters'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { expectNoLeak } from '../../gpu/testing/memoryAndLimits'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { layerNorm, residualLayerNorm } from './layerNorm'
import { addBranch } from './residual'

let onSoftware = false
beforeAll(async () => {
  onSoftware = (await startEngine({ prefer: 'webgpu', purpose: 'training' })).software
  expect(tf.getBackend()).toBe('webgpu')
})

/** The same of plain operations, whose stock gradients are right. */
const plain = (x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5))
  return tf.add(tf.mul(tf.div(centred, deviation), scale), shift)
}

const far = (shape: number[], seed: number, from = 0) =>
  tf.add(tf.tensor(pseudoRandom(tf.util.sizeFromShape(shape), seed), shape), from)

test('a row of four is centred, scaled to unit variance, then mapped', async () => {
  const x = tf.tensor2d([1, 3, 5, 7], [1, 4])
  const y = layerNorm(x, tf.tensor1d([1, 1, 2, 1]), tf.tensor1d([0, 10, 0, 0]), 0)
  const unit = [-3, -1, 1, 3].map(v => v / Math.sqrt(5))
  expect(await largestDifference(y, [unit[0]!, unit[1]! + 10, 2 * unit[2]!, unit[3]!])).toBeLessThan(1e-5)
})

test('epsilon counts where the values are small', async () => {
  const x = tf.tensor2d([0.001, -0.001], [1, 2])
  const [one, zero] = [tf.ones([2]) as tf.Tensor1D, tf.zeros([2]) as tf.Tensor1D]
  const large = (await layerNorm(x, one, zero, 1e-5).data())[0]!
  const small = (await layerNorm(x, one, zero, 1e-6).data())[0]!
  expect(large).toBeCloseTo(0.001 / Math.sqrt(1.1e-5), 4)
  expect(small).toBeCloseTo(0.001 / Math.sqrt(2e-6), 4)
})

describe.each([
  ['as on hardware', false],
  ['as on software adapters', true],
])('value and gradients equal plain operations, %s', (_, software) => {
  beforeAll(() => preferTiles(webGpuBackend()!, software))
  afterAll(() => preferTiles(webGpuBackend()!, onSoftware))

  // Lanes of a row: 1, 1, 64 of three vectors each, 64 of scalars; rows that fill no workgroup, and many.
  const SHAPES = [
    [2, 3, 12],
    [1, 1001, 8],
    [3, 5, 516],
    [7, 131],
  ]
  test.each(SHAPES.map(shape => [shape]))('[%s], far from zero', async shape => {
    const channels = shape.at(-1)!
    const ours = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
      layerNorm(a, b as tf.Tensor1D, c as tf.Tensor1D, 1e-5)
    const [scale, shift] = [far([channels], 2, 1), far([channels], 3)]
    await expectSameGradients(ours, plain, [far(shape, 1, 20), scale, shift], 2e-4)
  })

  const FACTORS = [null, [0, 2, 1.25]]
  test.each(FACTORS.map(factors => [factors]))('with the residual, factors %s', async factors => {
    const shape = [3, 5, 2, 20]
    const given = [far(shape, 1, 3), far(shape, 2), far([20], 3, 1), far([20], 4)]
    // Both results count, so that the gradients of both meet.
    const both = (sum: tf.Tensor, normed: tf.Tensor) => tf.add(tf.mul(sum, 0.7), tf.square(normed))
    const ours = (x: tf.Tensor, branch: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
      const made = residualLayerNorm({ x, branch, factors }, scale as tf.Tensor1D, shift as tf.Tensor1D)
      return both(made.sum, made.normed)
    }
    const composed = (x: tf.Tensor, branch: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
      const scaled = factors ? tf.mul(branch, tf.tensor4d(factors, [3, 1, 1, 1])) : branch
      const sum = tf.add(x, scaled)
      return both(sum, plain(sum, scale, shift))
    }
    await expectSameGradients(ours, composed, given, 5e-5)
  })

  test('with the residual, no branch', async () => {
    const given = [far([2, 9, 20], 1, 3), far([20], 3, 1), far([20], 4)]
    const ours = (x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
      const { sum, normed } = residualLayerNorm({ x }, scale as tf.Tensor1D, shift as tf.Tensor1D)
      return tf.mul(sum, normed)
    }
    const composed = (x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => tf.mul(x, plain(x, scale, shift))
    await expectSameGradients(ours, composed, given, 1e-4)
  })

  test('leaves nothing', async () => {
    await expectNoLeak(async () => {
      const gradients = tf.tidy(() => {
        const f = (x: tf.Tensor, branch: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) => {
          const given = { x, branch, factors: [0.5, 2, 0] }
          return residualLayerNorm(given, scale as tf.Tensor1D, shift as tf.Tensor1D).normed
        }
        return tf.grads(f)([far([3, 6, 20], 1), far([3, 6, 20], 2), far([20], 3), far([20], 4)])
      })
      expect(gradients.length).toBe(4)
      tf.dispose(gradients)
    })
  })
})

test('a scaled branch equals the product and sum, in value and gradients', async () => {
  for (const inner of [3, 8]) {
    const given = [far([2, 5, inner], 1), far([2, 5, inner], 2)]
    const composed = (x: tf.Tensor, branch: tf.Tensor) =>
      tf.add(x, tf.mul(branch, tf.tensor3d([1.5, 0], [2, 1, 1])))
    const ours = (x: tf.Tensor, branch: tf.Tensor) => addBranch(x, branch, [1.5, 0])
    await expectSameGradients(ours, composed, given, 1e-6)
  }
})
