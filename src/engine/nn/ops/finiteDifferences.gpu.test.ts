import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { gradientError, pseudoRandom } from '../../gpu/testing/compareTensors'
import { gelu, silu } from './activations'
import { attention, roll } from './attention'
import { batchNormTraining } from './batchNorm'
import { conv2d, depthwiseConv2d } from './convolution'
import { layerNorm } from './layerNorm'
import { linear } from './linear'
import { resizeBilinear, resizeNearest } from './resize'
import { logSoftmax, softmax } from './softmax'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
  // TensorFlow.js computes small tensors that were never uploaded on the CPU, which is not what is tested here.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
})

interface Case {
  /** Shapes of the inputs, filled with numbers in [-1, 1); or the one input. */
  shapes: number[][] | Float32Array
  run: (...inputs: never[]) => tf.Tensor
  /** Operations that are linear in each input take large steps: less rounding. */
  linear?: boolean
}

type Map4 = tf.Tensor4D
type Row = tf.Tensor1D
const IMAGE = [2, 5, 6, 3]

/** What models are built from: ours, and the stock operations that they call directly. */
const CASES: Record<string, Case> = {
  'convolution, stride 2': {
    shapes: [[1, 7, 6, 4], [3, 3, 4, 5], [5]],
    run: (x: Map4, w: Map4, bias: Row) => conv2d(x, w, { stride: 2, padding: 1, bias }),
    linear: true,
  },
  'convolution 1 x 1': {
    shapes: [IMAGE, [1, 1, 3, 4]],
    run: (x: Map4, w: Map4) => conv2d(x, w),
    linear: true,
  },
  'depthwise convolution, same, stride 2': {
    shapes: [
      [1, 7, 6, 4],
      [3, 3, 4, 1],
    ],
    run: (x: Map4, w: Map4) => depthwiseConv2d(x, w, { stride: 2, padding: 'same' }),
    linear: true,
  },
  'linear map': {
    shapes: [[2, 3, 5], [5, 4], [4]],
    run: (x: tf.Tensor3D, w: tf.Tensor2D, bias: Row) => linear(x, w, { bias }),
    linear: true,
  },
  'linear map of activated values': {
    shapes: [[2, 3, 5], [5, 4], [4]],
    run: (x: tf.Tensor3D, w: tf.Tensor2D, bias: Row) => linear(x, w, { bias, activation: 'gelu' }),
  },
  'layer normalisation': {
    shapes: [[3, 4, 7], [7], [7]],
    run: (x: tf.Tensor3D, scale: Row, shift: Row) => layerNorm(x, scale, shift),
  },
  'batch normalisation in training': {
    shapes: [IMAGE, [3], [3]],
    run: (x: Map4, scale: Row, shift: Row) =>
      batchNormTraining(x, scale, shift, { mean: tf.zeros([3]), variance: tf.ones([3]) }).y,
  },
  'batch normalisation and SiLU in training': {
    shapes: [[2, 5, 6, 4], [4], [4]],
    run: (x: Map4, scale: Row, shift: Row) =>
      batchNormTraining(
        x,
        scale,
        shift,
        { mean: tf.zeros([4]), variance: tf.ones([4]) },
        { activation: 'silu' },
      ).y,
  },
  softmax: { shapes: [[2, 9, 7]], run: (x: tf.Tensor3D) => softmax(tf.mul(x, 3)) },
  'logarithm of the softmax': { shapes: [[18, 7]], run: (x: tf.Tensor2D) => logSoftmax(tf.mul(x, 3)) },
  gelu: { shapes: [[50]], run: (x: Row) => gelu(tf.mul(x, 3)) },
  silu: { shapes: [[51]], run: (x: Row) => silu(tf.mul(x, 3)) },
  'attention with a bias': {
    shapes: [
      [2, 4, 3],
      [2, 5, 3],
      [2, 5, 3],
      [1, 4, 5],
    ],
    run: (q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D, bias: tf.Tensor3D) =>
      attention(q, k, v, scores => tf.add(scores, bias)),
  },
  'cyclic shift': { shapes: [IMAGE], run: (x: Map4) => roll(x, -2, 3), linear: true },
  'bilinear, half-pixel centres, up': {
    shapes: [IMAGE],
    run: (x: Map4) => resizeBilinear(x, [13, 12]),
    linear: true,
  },
  'bilinear, half-pixel centres, down': {
    shapes: [[1, 9, 10, 2]],
    run: (x: Map4) => resizeBilinear(x, [4, 3]),
    linear: true,
  },
  'bilinear, aligned corners': {
    shapes: [IMAGE],
    run: (x: Map4) => resizeBilinear(x, [12, 7], { alignCorners: true }),
    linear: true,
  },
  'nearest, up': { shapes: [IMAGE], run: (x: Map4) => resizeNearest(x, [10, 15]), linear: true },
  'nearest, down': { shapes: [IMAGE], run: (x: Map4) => resizeNearest(x, [2, 4]), linear: true },
  'stock sum and product of what broadcasts': {
    shapes: [IMAGE, [3], [2, 1, 1, 3]],
    run: (x: Map4, a: Row, b: Map4) => tf.mul(tf.add(x, a), b),
    linear: true,
  },
  'stock mean over rows and columns': {
    shapes: [IMAGE],
    run: (x: Map4) => tf.mean(x, [1, 2], true),
    linear: true,
  },
  'stock mean over the last axis': { shapes: [IMAGE], run: (x: Map4) => tf.mean(x, -1), linear: true },
  'stock mean over the leading axes, channels by fours': {
    shapes: [[2, 3, 5, 8]],
    run: (x: Map4) => tf.mean(x, [0, 1, 2]),
    linear: true,
  },
  'stock mean over axes that are not neighbours': {
    shapes: [IMAGE],
    run: (x: Map4) => tf.mean(x, [0, 2]),
    linear: true,
  },
  'stock sum over rows, columns named from the end': {
    shapes: [IMAGE],
    run: (x: Map4) => tf.sum(x, [-2, 1]),
    linear: true,
  },
  'stock sum of everything': { shapes: [[7, 3]], run: (x: tf.Tensor2D) => tf.sum(x), linear: true },
  'stock padding': {
    shapes: [IMAGE],
    run: (x: Map4) =>
      tf.pad4d(x, [
        [0, 0],
        [0, 3],
        [1, 2],
        [0, 0],
      ]),
    linear: true,
  },
  'stock slice, split and concatenation': {
    shapes: [[2, 5, 6, 4], IMAGE],
    run: (x: Map4, y: Map4) => {
      const [left, right] = tf.split(x, 2, 3)
      return tf.concat([tf.mul(right!, 2), tf.slice(y, [0, 0, 0, 1], [-1, -1, -1, 2]), left!], 3)
    },
    linear: true,
  },
  'stock transposes': {
    shapes: [[2, 3, 4, 2, 3]],
    run: (x: tf.Tensor5D) =>
      tf.transpose(tf.reshape(tf.transpose(x, [0, 3, 1, 2, 4]), [12, 12]) as tf.Tensor2D),
    linear: true,
  },
  'stock transpose of six axes, as windows are cut': {
    shapes: [[1, 2, 3, 2, 2, 3]],
    run: (x: tf.Tensor<tf.Rank.R6>) => tf.transpose(x, [0, 1, 3, 2, 4, 5]),
    linear: true,
  },
  'stock product of batches': {
    shapes: [
      [2, 3, 4, 5],
      [2, 3, 4, 5],
    ],
    run: (a: Map4, b: Map4) => tf.matMul(a, b, false, true),
    linear: true,
  },
  'stock sigmoid': { shapes: [[40]], run: (x: Row) => tf.sigmoid(tf.mul(x, 4)) },
  'stock relu': { shapes: Float32Array.of(-2, -1, -0.5, 0.5, 1, 3), run: (x: Row) => tf.mul(tf.relu(x), x) },
}

function filled(shape: number[], i: number): tf.Tensor {
  return tf.tensor(pseudoRandom(tf.util.sizeFromShape(shape), i + 1), shape)
}

describe('gradients on WebGPU agree with finite differences', () => {
  test.each(Object.keys(CASES))('%s', async name => {
    const { shapes, run, linear: isLinear } = CASES[name]!
    const inputs = Array.isArray(shapes) ? shapes.map(filled) : [tf.tensor1d(shapes)]
    const operation = run as unknown as (...given: tf.Tensor[]) => tf.Tensor
    const error = await gradientError(operation, inputs, isLinear ? { step: 0.5 } : {})
    expect(error).toBeLessThan(isLinear ? 1e-5 : 5e-5)
  })
})
