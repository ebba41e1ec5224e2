import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { gelu, silu } from '../nn/ops/activations'
import { multiHeadAttention } from '../nn/ops/attention'
import { batchNormInference, batchNormTraining, type NormalisationOptions } from '../nn/ops/batchNorm'
import { conv2d, depthwiseConv2d } from '../nn/ops/convolution'
import { layerNorm, residualLayerNorm } from '../nn/ops/layerNorm'
import { linear } from '../nn/ops/linear'
import { maxPool } from '../nn/ops/maxPool'
import { raiseAndJoin } from '../nn/ops/raise'
import { addBranch } from '../nn/ops/residual'
import { resizeBilinear, resizeNearest, sumResized } from '../nn/ops/resize'
import { softmax } from '../nn/ops/softmax'
import { prefixSum, sortDescending } from '../nn/ops/sortAndScan'
import { squeezeExcite } from '../nn/ops/squeezeExcite'
import { windowAttention } from '../nn/ops/windowAttention'
import { combinedLoss } from '../training/losses/combinedLoss'
import { optimiserSteps } from './optimiserSteps'

type Shape = readonly number[]

/** A small computation that runs kernels of ours on WebGPU, and a composition of TensorFlow.js's operations elsewhere. */
export interface KernelCase {
  name: string
  /** Of standard normal inputs, which are always the same. */
  inputs: readonly Shape[]
  run(...inputs: Tensor[]): Tensor | Tensor[]
  /** Whether gradients are compared too, of every input: not of what prediction alone runs, nor of the optimiser. */
  gradients?: boolean
  /** Largest difference allowed, as a share of the largest number of the tensor that it is in. */
  tolerance: number
  because: string
}

const SUMS = 'float32 sums in another order'
const EXPONENTIALS = 'a GPU may round exponentials and roots by a few units'
const EXACT = 'numbers only change places'

/** A case of a few sums, or of one term. */
const of = (
  name: string,
  inputs: readonly Shape[],
  run: KernelCase['run'],
  [tolerance, because]: [number, string] = [1e-5, SUMS],
): KernelCase => ({ name, inputs, run, tolerance, because })

const loose: [number, string] = [5e-5, `${SUMS}; ${EXPONENTIALS}`]
const exact: [number, string] = [0, EXACT]

const vector = (x: Tensor) => x as Tensor1D
const image = (x: Tensor) => x as Tensor4D

const fresh = (channels: number) => ({
  mean: tf.zeros<tf.Rank.R1>([channels]),
  variance: tf.ones<tf.Rank.R1>([channels]),
})

const trainingNorm =
  (options: NormalisationOptions) => (x: Tensor, scale: Tensor, shift: Tensor, residual?: Tensor) =>
    batchNormTraining(image(x), vector(scale), vector(shift), fresh(x.shape[3]!), {
      ...options,
      ...(residual && { residual: image(residual) }),
    }).y

/** Labels of 0, 1 and ignored in turn, and soft targets. */
function lossOf(logits: Tensor): Tensor {
  const count = logits.size / 2
  const labels = Int32Array.from({ length: count }, (_, i) => (i % 11 === 5 ? 255 : Number(i % 3 === 0)))
  const soft = Float32Array.from({ length: count }, (_, i) => ((i * 7) % 13) / 13)
  return combinedLoss(logits, tf.tensor1d(labels, 'int32'), {
    soft: tf.tensor1d(soft),
    ohem: { threshold: 0.7, minKept: Math.round(count / 16) },
  })
}

const windows = { window: [4, 4], shift: [2, 2], padding: 'timm' } as const

/** Every kernel that networks, losses and the optimiser run; a test holds it to what a rehearsed step counts. */
export const KERNEL_CASES: readonly KernelCase[] = [
  of('GELU', [[7, 33]], x => gelu(x!), loose),
  of('SiLU', [[7, 33]], x => silu(x!), loose),
  of('softmax', [[5, 9, 49]], x => softmax(x!), loose),
  of('softmax of more rows than a dispatch has workgroups', [[70_001, 2]], x => softmax(x!), loose),
  of('layer norm', [[2, 11, 40], [40], [40]], (x, b, c) => layerNorm(x!, vector(b!), vector(c!)), loose),
  of(
    'layer norm behind a scaled branch',
    [[2, 11, 36], [2, 11, 36], [36], [36]],
    (x, branch, b, c) => {
      const made = residualLayerNorm({ x: x!, branch: branch!, factors: [1.25, 0] }, vector(b!), vector(c!))
      return tf.add(made.sum, made.normed)
    },
    loose,
  ),
  of(
    'scaled branch',
    [
      [2, 5, 7, 6],
      [2, 5, 7, 6],
    ],
    (x, branch) => addBranch(x!, branch!, [0, 2]),
  ),
  of('batch norm', [[2, 9, 7, 8], [8], [8]], trainingNorm({}), loose),
  of(
    'batch norm of a large map, SiLU',
    [[2, 37, 41, 8], [8], [8]],
    trainingNorm({ activation: 'silu' }),
    loose,
  ),
  of(
    'batch norm behind a residual, ReLU',
    [[2, 9, 7, 6], [6], [6], [2, 9, 7, 6]],
    trainingNorm({ activation: 'relu' }),
    loose,
  ),
  {
    ...of(
      'batch norm by running statistics',
      [[2, 9, 7, 8], [8], [8], [8], [8], [2, 9, 7, 8]],
      (x, b, c, mean, variance, residual) =>
        batchNormInference(
          image(x!),
          vector(b!),
          vector(c!),
          { mean: vector(mean!), variance: tf.add(tf.abs(vector(variance!)), 0.5) },
          { activation: 'relu', residual: image(residual!) },
        ),
      loose,
    ),
    gradients: false,
  },
  of(
    'product of matrices',
    [
      [2, 33, 20],
      [2, 20, 37],
    ],
    (a, b) => tf.matMul(a!, b!),
  ),
  of(
    'product of transposed matrices',
    [
      [20, 33],
      [37, 20],
    ],
    (a, b) => tf.matMul(a!, b!, true, true),
  ),
  of(
    'product over a long axis',
    [
      [3, 5000],
      [5000, 18],
    ],
    (a, b) => tf.matMul(a!, b!),
  ),
  of(
    'linear layer behind a GELU',
    [[2, 45, 24], [24, 40], [40]],
    (x, w, b) => linear(x!, w as Tensor2D, { bias: vector(b!), activation: 'gelu' }),
    loose,
  ),
  of('convolution 1 x 1', [[2, 9, 11, 20], [1, 1, 20, 24], [24]], (x, w, b) =>
    conv2d(image(x!), image(w!), { bias: vector(b!) }),
  ),
  of(
    'convolution 3 x 3',
    [
      [2, 13, 11, 16],
      [3, 3, 16, 20],
    ],
    (x, w) => conv2d(image(x!), image(w!), { padding: 1 }),
  ),
  of(
    'convolution 3 x 3, stride 2',
    [
      [2, 13, 14, 14],
      [3, 3, 14, 20],
    ],
    (x, w) => conv2d(image(x!), image(w!), { stride: 2, padding: 'same' }),
  ),
  of(
    'dilated convolution',
    [
      [1, 13, 11, 8],
      [3, 3, 8, 12],
    ],
    (x, w) => conv2d(image(x!), image(w!), { dilation: 2, padding: 2 }),
  ),
  of(
    'depthwise convolution',
    [
      [2, 13, 11, 12],
      [3, 3, 12, 1],
    ],
    (x, w) => depthwiseConv2d(image(x!), image(w!), { padding: 1 }),
  ),
  of(
    'depthwise convolution, stride 2',
    [
      [2, 13, 11, 12],
      [5, 5, 12, 1],
    ],
    (x, w) => depthwiseConv2d(image(x!), image(w!), { stride: 2, padding: 2 }),
  ),
  of(
    'depthwise dilated convolution',
    [
      [1, 13, 11, 8],
      [3, 3, 8, 1],
    ],
    (x, w) => depthwiseConv2d(image(x!), image(w!), { dilation: 2, padding: 2 }),
  ),
  of(
    'attention',
    [
      [2, 6, 7, 16],
      [2, 3, 4, 16],
      [2, 3, 4, 16],
    ],
    (q, k, v) => multiHeadAttention(image(q!), image(k!), image(v!), 2),
    loose,
  ),
  of(
    'attention in shifted windows',
    [[2, 10, 9, 48], [48], [49, 2]],
    (qkv, padding, table) => windowAttention(image(qkv!), vector(padding!), table as Tensor2D, windows),
    loose,
  ),
  of(
    'squeeze and excitation',
    [[2, 9, 7, 16], [1, 1, 16, 4], [4], [1, 1, 4, 16], [16]],
    (x, ...w) => {
      const [reduce, reduceBias, expand, expandBias] = w as [Tensor4D, Tensor1D, Tensor4D, Tensor1D]
      return squeezeExcite(image(x!), { reduce, reduceBias, expand, expandBias })
    },
    loose,
  ),
  of('max pool', [[2, 13, 11, 6]], x => maxPool(image(x!), { size: 3, stride: 2, padding: 1 })),
  of('bilinear resize, larger', [[2, 5, 7, 6]], x => resizeBilinear(image(x!), [13, 14])),
  of('bilinear resize, smaller', [[2, 16, 18, 8]], x => resizeBilinear(image(x!), [4, 9])),
  of('nearest resize', [[2, 5, 7, 6]], x => resizeNearest(image(x!), [10, 13])),
  of(
    'sum of resized maps',
    [
      [2, 12, 10, 8],
      [2, 6, 5, 8],
      [2, 3, 3, 8],
    ],
    (...maps) => sumResized(maps.map(image), [12, 10]),
  ),
  of(
    'sum of resized maps, ReLU',
    [
      [2, 12, 10, 8],
      [2, 6, 5, 8],
    ],
    (...maps) => sumResized(maps.map(image), [12, 10], { activation: 'relu' }),
  ),
  of(
    'enlarged map beside another',
    [
      [2, 5, 7, 6],
      [2, 10, 13, 4],
    ],
    (below, beside) => raiseAndJoin(image(below!), image(beside!), [10, 13]),
  ),
  of('sums over leading axes', [[6, 7, 5, 9]], x => tf.sum(x!, [0, 1, 2])),
  of('sums over rows', [[300, 9]], x => tf.sum(x!, 1)),
  of('means over a map', [[3, 7, 5, 8]], x => tf.mean(x!, [1, 2])),
  { ...of('maxima over rows', [[300, 33]], x => tf.max(x!, 1), exact), gradients: false },
  of(
    'sum of many tensors',
    Array.from({ length: 12 }, () => [1200]),
    (...all) => tf.addN(all),
  ),
  of('sort', [[3000]], x => sortDescending(vector(x!)).values, exact),
  of('running sums', [[3000]], x => prefixSum(vector(x!))),
  of('loss: cross-entropy of hard pixels and Lovász', [[2000, 2]], x => lossOf(x!), loose),
  {
    ...of(
      'AdamW: sums of gradients, clipping, two steps, average',
      [[33, 7], [50], [33, 7], [50]],
      optimiserSteps,
      loose,
    ),
    gradients: false,
  },
]
