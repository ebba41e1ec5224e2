import type { Tensor4D } from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { pseudoRandom } from '../gpu/testing/compare'
import { gradientError } from '../gpu/testing/finiteDifferences'
import type { ForwardMode } from '../models/network'
import { resizeBilinear } from '../nn/ops/resizeBilinear'
import { combinedLoss } from './losses/combinedLoss'
import { provider, SIDE, sampleOf, smallNetwork, valuesOf } from './training.testing'
import { createBatchSource, type TrainingBatch } from './trainingBatch'
import { defaultTrainingConfig } from './trainingConfig'
import { trainingLoss } from './trainingLoss'
import { trainNetwork } from './trainNetwork'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const random = () => randomStream(1, 'drop')
const plain = { ...defaultTrainingConfig, ohem: null, microBatch: 2, cropSize: SIDE, augment: false }

const batchOf = (soft: ((i: number) => number) | null = null): Promise<TrainingBatch> => {
  const load = async (id: string) => {
    const sample = sampleOf(Number(id))
    return { ...sample, soft: soft && Float32Array.from(sample.label, (_, i) => soft(i)) }
  }
  return createBatchSource({ ids: ['1', '2'], load }, 'source', plain).next()
}

/** A network whose logits are given; it notes what it saw. */
function fixed(logitsOf: (x: Tensor4D) => Tensor4D) {
  const seen: { shape: number[]; mode: ForwardMode }[] = []
  return {
    seen,
    forward(x: Tensor4D, mode: ForwardMode) {
      seen.push({ shape: x.shape, mode })
      return logitsOf(x)
    },
  }
}

const labelsOf = ({ label, size, side }: TrainingBatch) => tf.tensor(label, [size, side, side], 'int32')
const numberOf = async (scalar: tf.Scalar) => (await scalar.data())[0]!

test.each([1, 2, 2.5, 4])(
  'x%d: the network sees the enlarged crop, the loss the label’s grid',
  async scale => {
    const batch = await batchOf()
    const side = Math.round(SIDE * scale)
    const large = tf.tensor4d(pseudoRandom(2 * side * side * 2, 3), [2, side, side, 2])
    const network = fixed(() => large)
    const loss = await numberOf(trainingLoss(network, batch, { ...plain, scale }, random()))
    expect(network.seen[0]!.shape).toEqual([2, side, side, 14])
    const expected = combinedLoss(resizeBilinear(large, [SIDE, SIDE]), labelsOf(batch), {
      crossEntropy: { labelSmoothing: 0.1 },
    })
    expect(loss).toBeCloseTo(await numberOf(expected), 5)
    const slope = await gradientError(
      logits =>
        trainingLoss(
          fixed(() => logits as Tensor4D),
          batch,
          { ...plain, scale, lovaszWeight: 0 },
          random(),
        ),
      [large],
    )
    expect(slope).toBeLessThan(1e-4)
  },
)

test('hard examples: a share of the valid pixels is kept however easy they are', async () => {
  const batch = await batchOf()
  batch.label.fill(255, 0, SIDE * SIDE)
  const given = { ...batch, valid: SIDE * SIDE }
  // Sure and right everywhere, surer from pixel to pixel.
  const side = tf.reshape(tf.cast(labelsOf(given), 'float32'), [2, SIDE, SIDE, 1])
  const sure = tf.mul(
    tf.sub(tf.mul(side, 2), 1),
    tf.reshape(tf.linspace(1, 3, 2 * SIDE * SIDE), [2, SIDE, SIDE, 1]),
  )
  const logits = tf.concat([tf.neg(sure), sure], 3) as Tensor4D
  const config = { ...plain, lovaszWeight: 0, labelSmoothing: 0 }
  const kept = async (minKeptShare: number) => {
    const slope = tf.grad(x =>
      trainingLoss(
        fixed(() => x as Tensor4D),
        given,
        { ...config, ohem: { threshold: 0.7, minKeptShare } },
        random(),
      ),
    )(logits)
    return (await tf.sum(tf.cast(tf.any(tf.notEqual(slope, 0), -1), 'int32')).data())[0]!
  }
  expect([await kept(0), await kept(0.25), await kept(1)]).toEqual([0, 64, 255])
})

test('soft targets: a probability is learnt as it is, other pixels keep their smoothed label', async () => {
  const batch = await batchOf(i => (i % 2 === 0 ? 0.8 : Number.NaN))
  const logits = tf.tensor4d(pseudoRandom(2 * SIDE * SIDE * 2, 3), [2, SIDE, SIDE, 2])
  const config = { ...plain, lovaszWeight: 0 }
  const loss = await numberOf(
    trainingLoss(
      fixed(() => logits),
      batch,
      config,
      random(),
    ),
  )
  const p = (await tf.softmax(logits).data()) as Float32Array
  let sum = 0
  for (let i = 0; i < batch.label.length; i++) {
    const target = i % 2 === 0 ? 0.8 : batch.label[i] === 1 ? 0.95 : 0.05
    sum -= target * Math.log(p[2 * i + 1]!) + (1 - target) * Math.log(p[2 * i]!)
  }
  expect(loss).toBeCloseTo(sum / batch.label.length, 5)
  expect((await batchOf(() => Number.NaN)).soft).not.toBeNull()
  const hard = await numberOf(
    trainingLoss(
      fixed(() => logits),
      await batchOf(),
      config,
      random(),
    ),
  )
  const none = await numberOf(
    trainingLoss(
      fixed(() => logits),
      await batchOf(() => Number.NaN),
      config,
      random(),
    ),
  )
  expect(none).toBeCloseTo(hard, 6)
})

test('a rejected patch, all 255, costs nothing and moves nothing, hard examples or not', async () => {
  const batch = await batchOf()
  batch.label.fill(255)
  const logits = tf.tensor4d(pseudoRandom(2 * SIDE * SIDE * 2, 3), [2, SIDE, SIDE, 2])
  for (const ohem of [null, { threshold: 0.7, minKeptShare: 0.1 }]) {
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
      trainingLoss(
        fixed(() => x as Tensor4D),
        { ...batch, valid: 0 },
        { ...plain, ohem },
        random(),
      ),
    )(logits)
    expect(await numberOf(value as tf.Scalar)).toBe(0)
    expect(await numberOf(tf.max(tf.abs(grad)) as tf.Scalar)).toBe(0)
  }
})

test('one set of statistics: both domains move the source’s, and the target ends with a copy', async () => {
  const statistics = async (crossSensor: boolean) => {
    const network = smallNetwork(1)
    const shifted = {
      ids: ['7'],
      load: async () => ({ ...sampleOf(7), pixels: sampleOf(7).pixels.map(value => value + 3) }),
    }
    const data = { source: provider(2, 0), target: shifted, sourceOnlySteps: 0, evaluate: null }
    await trainNetwork(network, data, { ...plain, crossSensor, steps: 3, accumulate: 1, microBatch: 1 })
    const values = await valuesOf(network)
    network.dispose()
    return { source: values['norm.running_mean']!, target: values['norm.running_mean_target']! }
  }
  const [apart, together] = [await statistics(true), await statistics(false)]
  expect(together.target).toEqual(together.source)
  expect(apart.target).not.toEqual(apart.source)
  const size = (vector: number[]) => Math.hypot(...vector)
  expect(size(together.source)).toBeGreaterThan(1.5 * size(apart.source))
})
