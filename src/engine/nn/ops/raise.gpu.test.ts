import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, pseudoRandom } from '../../gpu/testing/compareTensors'
import { raiseAndJoin } from './raise'
import { resizeNearest } from './resize'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const map = (shape: [number, number, number, number], seed: number) =>
  tf.tensor4d(pseudoRandom(tf.util.sizeFromShape(shape), seed), shape)

test.each<[string, [number, number], [number, number], number, number]>([
  ['twice as large', [3, 5], [6, 10], 8, 4],
  ['odd sides and channels', [4, 7], [7, 13], 3, 2],
  ['quads beside fewer', [4, 4], [8, 8], 8, 6],
  ['by a factor that falls between pixels (30 to 58)', [30, 3], [58, 5], 4, 4],
  ['smaller', [9, 7], [4, 3], 4, 4],
  ['from one pixel', [1, 1], [5, 3], 4, 1],
  ['the same size', [5, 4], [5, 4], 4, 4],
  ['nothing beside', [3, 5], [6, 9], 4, 0],
])('%s: equals the resize and the join, and so do its gradients', async (_, from, to, channels, beside) => {
  const below = map([2, ...from, channels], 1)
  const inputs = beside ? [below, map([2, ...to, beside], 2)] : [below]
  const ours = (x: tf.Tensor, skip?: tf.Tensor) =>
    raiseAndJoin(x as tf.Tensor4D, (skip as tf.Tensor4D) ?? null, to)
  const apart = (x: tf.Tensor, skip?: tf.Tensor) => {
    const raised = resizeNearest(x as tf.Tensor4D, to)
    return skip ? tf.concat([raised, skip as tf.Tensor4D], 3) : raised
  }
  await expectSameGradients(ours, apart, inputs, 1e-6)
})
