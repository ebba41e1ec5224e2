import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, pseudoRandom } from '../../gpu/testing/compareTensors'
import { expectNoLeak, withLimits } from '../../gpu/testing/memoryAndLimits'
import { squeezeExcite } from './squeezeExcite'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

type Shape4D = [number, number, number, number]

function inputs(shape: Shape4D, inner: number): tf.Tensor[] {
  const channels = shape[3]
  return [shape, [1, 1, channels, inner], [inner], [1, 1, inner, channels], [channels]].map((size, i) =>
    tf.tensor(pseudoRandom(tf.util.sizeFromShape(size), i + 1), size),
  )
}

const fused = (
  x: tf.Tensor,
  reduce: tf.Tensor,
  reduceBias: tf.Tensor,
  expand: tf.Tensor,
  expandBias: tf.Tensor,
) =>
  squeezeExcite(x as tf.Tensor4D, {
    reduce: reduce as tf.Tensor4D,
    reduceBias: reduceBias as tf.Tensor1D,
    expand: expand as tf.Tensor4D,
    expandBias: expandBias as tf.Tensor1D,
  })

/** The definition, of stock operations whose gradients are right. */
function plain(
  x: tf.Tensor,
  reduce: tf.Tensor,
  reduceBias: tf.Tensor,
  expand: tf.Tensor,
  expandBias: tf.Tensor,
) {
  const [batch, , , channels] = x.shape as Shape4D
  const inner = reduceBias.size
  const means = tf.mean(x, [1, 2]) as tf.Tensor2D
  const z = tf.add(tf.matMul(means, tf.reshape(reduce, [channels, inner])), reduceBias)
  const hidden = tf.mul(z, tf.sigmoid(z)) as tf.Tensor2D
  const gate = tf.sigmoid(tf.add(tf.matMul(hidden, tf.reshape(expand, [inner, channels])), expandBias))
  return tf.mul(x, tf.reshape(gate, [batch, 1, 1, channels]))
}

describe('value and gradients equal plain operations', () => {
  test.each([
    [[1, 3, 2, 4], 1],
    [[2, 5, 7, 6], 3],
    [[3, 23, 29, 8], 5],
    // More channels and inner ones than a workgroup takes at once.
    [[2, 2, 2, 300], 70],
  ] as [Shape4D, number][])('%j, %i inside', async (shape, inner) => {
    await expectSameGradients(fused, plain, inputs(shape, inner), 5e-5)
  })
})

test('more channels than a workgroup holds take plain operations', async () => {
  await expectSameGradients(fused, plain, inputs([1, 1, 2, 3600], 2), 1e-4)
})

test('an image gives the same bits alone and in a batch', async () => {
  const [x, ...weights] = inputs([3, 19, 17, 8], 4) as [
    tf.Tensor4D,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ]
  const all = [...(await fused(x, ...weights).data())]
  const last = tf.slice(x, [2, 0, 0, 0], [1, 19, 17, 8])
  const alone = [...(await fused(last, ...weights).data())]
  expect(alone).toEqual(all.slice(-alone.length))
})

test('a far negative and a far positive gate stay finite', async () => {
  const [x, reduce, reduceBias, expand] = inputs([1, 2, 2, 4], 2) as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ]
  const y = await fused(x, reduce, reduceBias, expand, tf.tensor1d([-300, 300, -1000, 1000])).data()
  const given = await x.data()
  for (const [i, value] of y.entries()) expect(value).toBeCloseTo(i % 2 === 0 ? 0 : given[i]!, 6)
})

test('a step leaves nothing behind, finished or refused half way', async () => {
  const step = (buffers?: number) =>
    tf.tidy(() => {
      const run = () => tf.grads(fused)(inputs([2, 9, 9, 8], 3))
      if (buffers === undefined) run()
      else expect(() => withLimits({ maxStorageBuffersPerShaderStage: buffers }, run)).toThrow('tensors')
    })
  await expectNoLeak(async () => {
    step()
    step(7)
  })
})
