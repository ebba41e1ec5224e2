import { beforeAll, describe, expect, test } from 'vitest'
import type { Activation } from '../../gpu/kernels/activation'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { expectNoLeak, withLimits } from '../../gpu/testing/memoryAndLimits'
import { batchNormInference, batchNormTraining } from './batchNorm'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

type Shape4D = [number, number, number, number]

const map = (shape: Shape4D, seed = 1) => tf.tensor4d(pseudoRandom(tf.util.sizeFromShape(shape), seed), shape)
const row = (channels: number, seed: number) => tf.tensor1d(pseudoRandom(channels, seed))
const fresh = (channels: number) => ({
  mean: tf.zeros<tf.Rank.R1>([channels]),
  variance: tf.ones<tf.Rank.R1>([channels]),
})

const ACTIVATIONS: Record<Activation, (x: tf.Tensor) => tf.Tensor> = {
  none: x => x,
  relu: x => tf.relu(x),
  silu: x => tf.mul(x, tf.sigmoid(x)),
}

/** The definition, of stock operations whose gradients are right. */
function plain(x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor): tf.Tensor {
  const flat = tf.transpose(tf.reshape(x, [-1, scale.size]))
  const centred = tf.sub(flat, tf.mean(flat, 1, true))
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-3))
  const y = tf.add(tf.mul(tf.transpose(tf.div(centred, deviation)), scale), shift)
  return tf.reshape(y, x.shape)
}

describe('training: value and gradients equal plain operations', () => {
  /** Joined at once and in shares; channels four at a time and one by one, in one workgroup and in several. */
  const shapes: Shape4D[] = [
    [1, 3, 5, 4],
    [3, 5, 7, 6],
    [2, 37, 41, 8],
    [1, 33, 21, 3],
    [1, 41, 37, 3],
    [1, 3, 3, 300],
  ]
  const cases = shapes.flatMap(shape =>
    (['none', 'relu', 'silu'] as const).map(activation => ({ shape, activation })),
  )
  test.each(cases)('$shape, $activation', async ({ shape, activation }) => {
    await expectSameGradients(
      (x, b, c) =>
        batchNormTraining(x as tf.Tensor4D, b as tf.Tensor1D, c as tf.Tensor1D, fresh(shape[3]), {
          epsilon: 1e-3,
          activation,
        }).y,
      (x, b, c) => ACTIVATIONS[activation](plain(x, b, c)),
      [map(shape), row(shape[3], 2), row(shape[3], 3)],
      activation === 'none' && shape[1] < 10 ? 1e-5 : 1e-4,
    )
  })

  test.each(['none', 'relu'] as const)('behind a residual, %s', async activation => {
    const shape: Shape4D = [2, 9, 7, 8]
    await expectSameGradients(
      (x, b, c, residual) =>
        batchNormTraining(x as tf.Tensor4D, b as tf.Tensor1D, c as tf.Tensor1D, fresh(8), {
          epsilon: 1e-3,
          activation,
          residual: residual as tf.Tensor4D,
        }).y,
      (x, b, c, residual) => ACTIVATIONS[activation](tf.add(plain(x, b, c), residual)),
      [map(shape), row(8, 2), row(8, 3), map(shape, 4)],
      2e-5,
    )
  })
})

test('training: the running statistics move towards the mean and the unbiased variance', async () => {
  const x = tf.tensor4d([1, 10, 3, 10, 5, 10, 7, 30], [1, 2, 2, 2])
  const running = { mean: tf.tensor1d([8, 5]), variance: tf.tensor1d([1, 2]) }
  const { mean, variance } = batchNormTraining(x, tf.ones([2]), tf.zeros([2]), running, { momentum: 0.25 })
  expect(Array.from(await mean.data())).toEqual([7, 7.5])
  // A quarter of 5 and 75 times 4 / 3.
  expect(await largestDifference(variance, [0.75 + 20 / 12, 1.5 + 25])).toBeLessThan(1e-5)
  expect(Array.from(await running.mean.data())).toEqual([8, 5])
})

test.each([4, 3])(
  'training: a mean far above the deviation costs no digits of the variance (%i channels)',
  async channels => {
    const values = pseudoRandom(64 * 64 * channels, 5).map(value => Math.fround(4096 + value))
    const { variance } = batchNormTraining(
      tf.tensor4d(values, [1, 64, 64, channels]),
      tf.ones([channels]),
      tf.zeros([channels]),
      fresh(channels),
      { momentum: 1 },
    )
    const expected = Array.from({ length: channels }, (_, channel) => {
      const own = values.filter((_, i) => i % channels === channel)
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length
      return own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (own.length - 1)
    })
    // By squares of numbers near 4,096 it would be off by 1.
    expect(await largestDifference(variance, expected)).toBeLessThan(1e-4)
  },
)

test('training: the same input gives the same bits', async () => {
  const pass = async () => {
    const x = map([1, 40, 50, 6])
    const dy = map([1, 40, 50, 6], 7)
    const op = (a: tf.Tensor) =>
      batchNormTraining(a as tf.Tensor4D, row(6, 2), row(6, 3), fresh(6), { activation: 'silu' }).y
    return [...(await op(x).data()), ...(await tf.grad(op)(x, dy).data())]
  }
  expect(await pass()).toEqual(await pass())
})

describe('inference', () => {
  const [scale, shift] = [() => tf.tensor1d([2, 1]), () => tf.tensor1d([0, 5])]
  const statistics = () => ({ mean: tf.tensor1d([1, 2]), variance: tf.tensor1d([4, 0.25]) })
  const x = () => tf.tensor4d([1, 2, -3, 1], [1, 1, 2, 2])

  test.each([
    ['none', [0, 5, -4, 3]],
    ['relu', [0, 5, 0, 3]],
    ['silu', [0, 5 / (1 + Math.exp(-5)), -4 / (1 + Math.exp(4)), 3 / (1 + Math.exp(-3))]],
  ] as const)('the given statistics, %s', async (activation, expected) => {
    const y = batchNormInference(x(), scale(), shift(), statistics(), { epsilon: 0, activation })
    expect(await largestDifference(y, expected)).toBeLessThan(1e-5)
  })

  test('behind a residual, four channels at a time', async () => {
    const wide = map([1, 3, 3, 8])
    const residual = map([1, 3, 3, 8], 6)
    const [b, c, mean] = [2, 3, 4].map(seed => row(8, seed)) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]
    const variance = tf.add(row(8, 5), 1.5) as tf.Tensor1D
    const y = batchNormInference(wide, b, c, { mean, variance }, { activation: 'relu', residual })
    const unit = tf.div(tf.sub(wide, mean), tf.sqrt(tf.add(variance, 1e-5)))
    const expected = tf.relu(tf.add(tf.add(tf.mul(unit, b), c), residual))
    expect(await largestDifference(y, await expected.data())).toBeLessThan(1e-5)
  })

  test('has no gradient, and says so', () => {
    const gradient = tf.grad(a => batchNormInference(a as tf.Tensor4D, scale(), shift(), statistics()))
    expect(() => gradient(x())).toThrow('no gradient')
  })
})

test('a SiLU behind a residual is refused', () => {
  const x = map([1, 2, 2, 4])
  const options = { activation: 'silu', residual: x } as const
  expect(() => batchNormTraining(x, row(4, 1), row(4, 2), fresh(4), options)).toThrow('SiLU')
  expect(() => batchNormInference(x, row(4, 1), row(4, 2), fresh(4), options)).toThrow('SiLU')
})

test('a step leaves nothing behind, finished or refused half way', async () => {
  const step = (buffers?: number) =>
    tf.tidy(() => {
      const x = map([2, 30, 20, 6])
      const op = (a: tf.Tensor) =>
        batchNormTraining(a as tf.Tensor4D, row(6, 2), row(6, 3), fresh(6), { activation: 'relu' }).y
      const run = () => tf.grad(op)(x, x)
      if (buffers === undefined) run()
      else expect(() => withLimits({ maxStorageBuffersPerShaderStage: buffers }, run)).toThrow('tensors')
    })
  await expectNoLeak(async () => {
    step()
    // The moments are joined by a kernel of eight buffers.
    step(7)
  })
})
