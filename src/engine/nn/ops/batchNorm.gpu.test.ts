import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { batchNormInference, batchNormTraining } from './batchNorm'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const CHANNELS = 6
const image = () => tf.tensor4d(pseudoRandom(3 * 5 * 7 * CHANNELS, 1), [3, 5, 7, CHANNELS])
const scale = () => tf.tensor1d(pseudoRandom(CHANNELS, 2))
const shift = () => tf.tensor1d(pseudoRandom(CHANNELS, 3))

test('training: value and gradients equal plain operations', async () => {
  const plain = (x: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => {
    const flat = tf.transpose(tf.reshape(x, [-1, CHANNELS]))
    const centred = tf.sub(flat, tf.mean(flat, 1, true))
    const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-3))
    const y = tf.add(tf.mul(tf.transpose(tf.div(centred, deviation)), b), c)
    return tf.reshape(y, x.shape)
  }
  const ours = (x: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
    batchNormTraining(x as tf.Tensor4D, b as tf.Tensor1D, c as tf.Tensor1D, 1e-3).y
  await expectSameGradients(ours, plain, [image(), scale(), shift()], 1e-5)
})

test('training: the statistics are the mean and the biased variance', async () => {
  const x = tf.tensor4d([1, 10, 3, 10, 5, 10, 7, 30], [1, 2, 2, 2])
  const { mean, variance } = batchNormTraining(x, tf.ones([2]), tf.zeros([2]))
  expect(Array.from(await mean.data())).toEqual([4, 15])
  expect(Array.from(await variance.data())).toEqual([5, 75])
})

test('inference: the given statistics, and a gradient through the affine map', async () => {
  const x = tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2])
  const [mean, variance] = [tf.tensor1d([1, 2]), tf.tensor1d([4, 0.25])]
  const y = batchNormInference(x, tf.tensor1d([2, 1]), tf.tensor1d([0, 5]), mean, variance, 0)
  expect(await largestDifference(y, [0, 5, 2, 9])).toBeLessThan(1e-5)
})

test('a batch leaves nothing behind but its results', () => {
  const before = tf.memory().numTensors
  const inputs = [image(), scale(), shift()] as const
  const results = tf.tidy(() => {
    const { y, mean, variance } = batchNormTraining(...inputs)
    return [y, mean, variance]
  })
  tf.dispose([...inputs, ...results])
  expect(tf.memory().numTensors).toBe(before)
})
