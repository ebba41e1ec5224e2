import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { gelu, geluTanh, silu } from './activations'
import { softmax } from './softmax'

describe('activations', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  const ramp = (count: number) => tf.linspace(-6, 6, count)

  describe.each([120, 121])('over %i values', count => {
    test('gelu', async () => {
      const plain = (x: tf.Tensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))
      await expectSameGradients(gelu, plain, [ramp(count)], 2e-6)
    })

    test('silu', async () => {
      await expectSameGradients(silu, x => tf.mul(x, tf.sigmoid(x)), [ramp(count)], 2e-6)
    })
  })

  test('gelu at known points', async () => {
    const y = gelu(tf.tensor1d([0, 1, -1, 3, -30, 30]))
    expect(await largestDifference(y, [0, 0.8413447, -0.1586553, 2.9959503, 0, 30])).toBeLessThan(2e-6)
  })

  test('silu stays finite far out', async () => {
    const [low, high] = await silu(tf.tensor1d([-200, 200])).data()
    expect(Math.abs(low!)).toBeLessThan(1e-30)
    expect(high).toBe(200)
  })

  describe('softmax', () => {
    test('equals plain operations in value and gradient', async () => {
      const x = tf.mul(tf.tensor3d(pseudoRandom(4 * 9 * 49, 1), [4, 9, 49]), 8)
      const plain = (a: tf.Tensor) => {
        const exponentials = tf.exp(a)
        return tf.div(exponentials, tf.sum(exponentials, -1, true))
      }
      await expectSameGradients(softmax, plain, [x], 1e-6)
    })

    test('is right in the last of more rows than a dispatch has groups', async () => {
      const rows = 70_001
      const x = tf.tile(tf.tensor2d([[0, Math.log(3)]]), [rows, 1])
      const y = softmax(x)
      const last = tf.slice(y, [rows - 2, 0], [2, 2])
      expect(await largestDifference(last, [0.25, 0.75, 0.25, 0.75])).toBeLessThan(1e-6)
      expect(await largestDifference(tf.sum(y, 0), [rows / 4, (rows * 3) / 4])).toBeLessThan(0.5)
    })

    test('of few long rows', async () => {
      const x = tf.mul(tf.tensor2d(pseudoRandom(3 * 5000, 1), [3, 5000]), 8)
      const plain = (a: tf.Tensor) => {
        const exponentials = tf.exp(a)
        return tf.div(exponentials, tf.sum(exponentials, -1, true))
      }
      await expectSameGradients(softmax, plain, [x], 1e-6)
    })

    test('gradients past 65,535 rows: the last rows agree with the closed form', async () => {
      const rows = 70_001
      const x = tf.tile(tf.tensor2d([[0, Math.log(3)]]), [rows, 1])
      const dy = tf.tile(tf.tensor2d([[1, 0]]), [rows, 1])
      const dx = tf.grad((a: tf.Tensor) => softmax(a))(x, dy)
      const last = tf.slice(dx, [rows - 2, 0], [2, 2])
      expect(await largestDifference(last, [0.1875, -0.1875, 0.1875, -0.1875])).toBeLessThan(1e-6)
    })

    test('does not overflow', async () => {
      expect(Array.from(await softmax(tf.tensor2d([[1000, -1000]])).data())).toEqual([1, 0])
    })
  })
})

describe('gelu tanh', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  test('value and slope are those of the formula, the slope by differences in float64', async () => {
    const formula = (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
    const points = [...pseudoRandom(20).map(x => 4 * x), 0, 20, -20]
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.sum(geluTanh(x)))(tf.tensor1d(points))
    const total = points.reduce((sum, x) => sum + formula(x), 0)
    expect((await value.data())[0]).toBeCloseTo(total, 4)
    const slopes = points.map(x => (formula(x + 1e-5) - formula(x - 1e-5)) / 2e-5)
    expect(await largestDifference(grad, slopes)).toBeLessThan(2e-6)
  })
})
