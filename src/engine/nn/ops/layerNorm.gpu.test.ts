import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { layerNorm } from './layerNorm'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

test('a row of four is centred, scaled to unit variance, then mapped', async () => {
  const x = tf.tensor2d([1, 3, 5, 7], [1, 4])
  const y = layerNorm(x, tf.tensor1d([1, 1, 2, 1]), tf.tensor1d([0, 10, 0, 0]), 0)
  const unit = [-3, -1, 1, 3].map(v => v / Math.sqrt(5))
  expect(await largestDifference(y, [unit[0]!, unit[1]! + 10, 2 * unit[2]!, unit[3]!])).toBeLessThan(1e-5)
})

test('value and gradients equal plain operations, where the mean is far from zero too', async () => {
  const x = tf.add(tf.tensor3d(pseudoRandom(5 * 7 * 12, 1), [5, 7, 12]), 20) as tf.Tensor3D
  const scale = tf.tensor1d(pseudoRandom(12, 2))
  const shift = tf.tensor1d(pseudoRandom(12, 3))
  const plain = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => {
    const centred = tf.sub(a, tf.mean(a, -1, true))
    const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5))
    return tf.add(tf.mul(tf.div(centred, deviation), b), c)
  }
  const ours = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    layerNorm(a, b as tf.Tensor1D, c as tf.Tensor1D, 1e-5)
  await expectSameGradients(ours, plain, [x, scale, shift], 3e-5)
})

test('epsilon counts where the values are small', async () => {
  const x = tf.tensor2d([0.001, -0.001], [1, 2])
  const [one, zero] = [tf.ones([2]) as tf.Tensor1D, tf.zeros([2]) as tf.Tensor1D]
  const large = (await layerNorm(x, one, zero, 1e-5).data())[0]!
  const small = (await layerNorm(x, one, zero, 1e-6).data())[0]!
  expect(large).toBeCloseTo(0.001 / Math.sqrt(1.1e-5), 4)
  expect(small).toBeCloseTo(0.001 / Math.sqrt(2e-6), 4)
})
