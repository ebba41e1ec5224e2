import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../../gpu/testing/compare'
import { combinedLoss } from './combinedLoss'
import { hardPixels } from './hardPixels'
import { lovaszSoftmax } from './lovaszSoftmax'
import { softCrossEntropy } from './softCrossEntropy'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const logits = () => tf.mul(tf.tensor4d(pseudoRandom(2 * 8 * 8 * 2, 1), [2, 8, 8, 2]), 3) as tf.Tensor4D
const labels = () =>
  tf.tensor(
    Int32Array.from(pseudoRandom(128, 2), value => (value > 0.8 ? 255 : value > 0.3 ? 1 : 0)),
    [2, 8, 8],
    'int32',
  )

test('is the weighted sum of its terms, and so is its gradient', async () => {
  const y = labels()
  const options = { crossEntropyWeight: 0.5, lovaszWeight: 2, crossEntropy: { labelSmoothing: 0.1 } }
  const whole = tf.valueAndGrad((x: tf.Tensor) => combinedLoss(x, y, options))(logits())
  const entropy = tf.valueAndGrad((x: tf.Tensor) => softCrossEntropy(x, y, options.crossEntropy))(logits())
  const lovasz = tf.valueAndGrad((x: tf.Tensor) => lovaszSoftmax(x, y))(logits())
  const value = tf.add(tf.mul(entropy.value, 0.5), tf.mul(lovasz.value, 2))
  expect(await largestDifference(whole.value, await value.data())).toBeLessThan(1e-6)
  const gradient = tf.add(tf.mul(entropy.grad, 0.5), tf.mul(lovasz.grad, 2))
  expect(await largestDifference(whole.grad, await gradient.data())).toBeLessThan(1e-7)
})

test('hard examples take the place of all pixels in the cross-entropy, smoothed alike, and not in Lovász', async () => {
  const ohem = { threshold: 0.6, minKept: 5 }
  const crossEntropy = { labelSmoothing: 0.1 }
  const combined = combinedLoss(logits(), labels(), { crossEntropy, ohem })
  const kept = hardPixels(logits(), labels(), ohem)
  const chosen = softCrossEntropy(logits(), labels(), { ...crossEntropy, counted: kept })
  const count = (await tf.sum(kept).data())[0]!
  expect(count).toBeGreaterThan(5)
  expect(count).toBeLessThan(100)
  const expected = tf.add(chosen, lovaszSoftmax(logits(), labels()))
  expect(await largestDifference(combined, await expected.data())).toBeLessThan(1e-6)
  const everywhere = combinedLoss(logits(), labels(), { crossEntropy })
  expect((await everywhere.data())[0]).not.toBeCloseTo((await combined.data())[0]!, 3)
})

test('pixels that are not hard get no slope from the cross-entropy', async () => {
  const y = labels()
  const ohem = { threshold: null, minKept: 3 }
  const slope = tf.grad((x: tf.Tensor) => combinedLoss(x, y, { lovaszWeight: 0, ohem }))(logits())
  const moved = tf.sum(tf.cast(tf.any(tf.notEqual(slope, 0), -1), 'int32'))
  expect(await largestDifference(moved, [3])).toBe(0)
})

test('a batch without a labelled pixel costs nothing and moves nothing', async () => {
  const ignored = tf.fill([2, 8, 8], 255, 'int32')
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => combinedLoss(x, ignored))(logits())
  expect((await value.data())[0]).toBe(0)
  expect(await largestDifference(tf.max(tf.abs(grad)), [0])).toBe(0)
})

test('labels that do not fit are refused', () => {
  expect(() => combinedLoss(logits(), tf.zeros([2, 8, 7], 'int32'))).toThrow(
    expect.objectContaining({ code: 'shape-mismatch' }),
  )
})

test('the same batch gives the same bits', async () => {
  const y = labels()
  const gradient = () =>
    tf
      .grad((x: tf.Tensor) => combinedLoss(x, y))(logits())
      .data()
  expect(await gradient()).toEqual(await gradient())
})

test('two classes share one sort: the same value and the same slope as class by class', async () => {
  for (const [y, classes] of [
    [labels(), 'present'],
    [labels(), 'all'],
    [tf.zeros([2, 8, 8], 'int32'), 'present'],
    [tf.fill([2, 8, 8], 255, 'int32'), 'present'],
  ] as const) {
    const of = (binary: boolean) =>
      tf.valueAndGrad((x: tf.Tensor) => lovaszSoftmax(x, y, { classes, binary }))(logits())
    const [shared, apart] = [of(true), of(false)]
    expect(await largestDifference(shared.value, await apart.value.data())).toBeLessThan(1e-6)
    expect(await largestDifference(shared.grad, await apart.grad.data())).toBeLessThan(1e-7)
  }
  expect(() => lovaszSoftmax(tf.zeros([4, 3]), tf.zeros([4], 'int32'), { binary: true })).toThrow(
    expect.objectContaining({ code: 'shape-mismatch' }),
  )
})
