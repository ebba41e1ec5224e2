import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { preferTiles } from '../../gpu/kernels/softwareAdapters'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, pseudoRandom } from '../../gpu/testing/compareTensors'
import { expectNoLeak } from '../../gpu/testing/memoryAndLimits'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { conv2d } from './convolution'
import { linear } from './linear'

let onSoftware = false
beforeAll(async () => {
  onSoftware = (await startEngine({ prefer: 'webgpu', purpose: 'training' })).software
  expect(tf.getBackend()).toBe('webgpu')
})

const tensor = (shape: number[], seed: number) =>
  tf.tensor(pseudoRandom(tf.util.sizeFromShape(shape), seed), shape)

/** x Phi(x) by plain operations, whose gradients are TensorFlow.js's. */
const plainGelu = (x: tf.Tensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))

/** The sum of products written out, without a matrix product. */
function plain(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const [input, out] = weight.shape as [number, number]
  const terms = tf.mul(tf.reshape(x, [-1, input, 1]), tf.reshape(weight, [1, input, out]))
  return tf.reshape(tf.sum(terms, 1), [...x.shape.slice(0, -1), out])
}

describe.each([
  ['as on hardware', false],
  ['as on software adapters', true],
])('affine maps %s', (_, software) => {
  beforeEach(() => {
    tf.engine().startScope()
    preferTiles(webGpuBackend()!, software)
  })
  afterEach(() => {
    tf.engine().endScope()
    preferTiles(webGpuBackend()!, onSoftware)
  })

  test.each([
    ['odd sizes', [2, 3, 19, 5], 7],
    ['multiples of four', [2, 40, 12], 20],
  ])('with bias and GELU equal plain operations in value and gradients, %s', async (_, shape, out) => {
    const weight = tensor([shape.at(-1)!, out], 2)
    await expectSameGradients(
      (x, w, bias) => linear(x, w as tf.Tensor2D, { bias: bias as tf.Tensor1D, activation: 'gelu' }),
      (x, w, bias) => tf.add(plain(plainGelu(x), w), bias),
      [tensor(shape, 1), weight, tensor([out], 3)],
      1e-5,
    )
  })

  test('a 1 x 1 convolution without a bias, with gradients', async () => {
    await expectSameGradients(
      (x, kernel) => conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D),
      (x, kernel) => plain(x, tf.reshape(kernel, [6, 9])),
      [tensor([2, 7, 5, 6], 1), tensor([1, 1, 6, 9], 2)],
      1e-5,
    )
  })

  test('leave nothing behind', async () => {
    const inputs = [tensor([2, 40, 12], 1), tensor([12, 20], 2), tensor([20], 3)]
    const run = async () => {
      const slopes = tf.grads((x, w, bias) =>
        linear(x!, w as tf.Tensor2D, { bias: bias as tf.Tensor1D, activation: 'gelu' }),
      )(inputs)
      tf.dispose(slopes)
    }
    // The first run uploads the inputs.
    await run()
    await expectNoLeak(run)
  })
})
