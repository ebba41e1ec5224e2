import type { Tensor, Tensor1D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { attention } from '../../nn/attention'
import { batchNormInference, batchNormTraining } from '../../nn/ops/batchNorm'
import { conv2d } from '../../nn/ops/conv2d'
import { depthwiseConv2d } from '../../nn/ops/depthwiseConv2d'
import { gelu } from '../../nn/ops/gelu'
import { geluTanh } from '../../nn/ops/geluTanh'
import { layerNorm } from '../../nn/ops/layerNorm'
import { logSoftmax } from '../../nn/ops/logSoftmax'
import { maxPool } from '../../nn/ops/maxPool'
import { resizeBilinear } from '../../nn/ops/resizeBilinear'
import { resizeNearest } from '../../nn/ops/resizeNearest'
import { silu } from '../../nn/ops/silu'
import { softmax } from '../../nn/ops/softmax'
import { roll } from '../../nn/roll'

/** The case's inputs: `map` as NHWC, `plain` as stored, `kernel` from the layout of PyTorch's weights. */
export interface OperationInputs {
  plain(name: string): Tensor
  map(name: string): Tensor4D
  kernel(name: string, layout: 'conv' | 'depthwise'): Tensor4D
}

type Operation = (inputs: OperationInputs, ...groups: (string | undefined)[]) => Tensor

/** Operations by the grammar of their names; the groups of the pattern are the operation's further arguments. */
const OPERATIONS: readonly [RegExp, Operation][] = [
  [/^gelu_erf$/, ({ plain }) => gelu(plain('ramp'))],
  [/^gelu_tanh$/, ({ plain }) => geluTanh(plain('ramp'))],
  [/^silu$/, ({ plain }) => silu(plain('ramp'))],
  [/^softmax_dim(\d)$/, ({ plain }, axis) => alongAxis(plain('x'), Number(axis), softmax)],
  [/^log_softmax_dim(\d)$/, ({ plain }, axis) => alongAxis(plain('x'), Number(axis), logSoftmax)],
  [
    /^layernorm(?:_of_(\w+?)(?:\/([\d.]+))?)?_eps([-\de.]+)$/,
    ({ plain }, source = 'v', divisor = '1', epsilon) =>
      layerNorm(
        tf.div(plain(source), Number(divisor)),
        plain('ln_w') as Tensor1D,
        plain('ln_b') as Tensor1D,
        Number(epsilon),
      ),
  ],
  [
    /^bn_(train|eval)(?:_of_(\w+?)(?:\/([\d.]+))?)?_eps([-\de.]+)$/,
    ({ map, plain }, mode, source = 'x', divisor = '1', epsilon) => {
      const x = tf.div(map(source), Number(divisor)) as Tensor4D
      const vector = (name: string) => plain(name) as Tensor1D
      const [scale, shift] = [vector('bn_w'), vector('bn_b')]
      return mode === 'train'
        ? batchNormTraining(x, scale, shift, Number(epsilon)).y
        : batchNormInference(x, scale, shift, vector('bn_mean'), vector('bn_var'), Number(epsilon))
    },
  ],
  [
    /^(dw)?conv(\d)_s(\d)_(?:p(\d)|(SAME))(?:_(even|odd))?$/,
    ({ map, plain, kernel }, depthwise, size, stride, padding, same, which) => {
      const x = map(which === 'even' ? which : 'x')
      const options = { stride: Number(stride), padding: same ? 'same' : Number(padding) } as const
      if (depthwise) return depthwiseConv2d(x, kernel('wd', 'depthwise'), options)
      // The fixtures' rows that try out parities of the side, which their names say, leave the bias out.
      const bias = which ? undefined : (plain('b8') as Tensor1D)
      return conv2d(x, kernel(`w${size}`, 'conv'), { ...options, bias })
    },
  ],
  [
    /^maxpool(\d)_s(\d)_p(\d)$/,
    ({ map }, size, stride, padding) =>
      maxPool(map('x'), { size: Number(size), stride: Number(stride), padding: Number(padding) }),
  ],
  [/^roll_(-?\d+)_(-?\d+)$/, ({ map }, rows, columns) => roll(map('x'), Number(rows), Number(columns))],
  [
    /^upsample_nearest_to_(\d+)x(\d+)$/,
    ({ map }, height, width) => resizeNearest(map('x'), [Number(height), Number(width)]),
  ],
  [
    /^upsample_bilinear_to_(\d+)x(\d+)$/,
    ({ map }, height, width) => resizeBilinear(map('x'), [Number(height), Number(width)]),
  ],
  [
    /^sdpa_softmax$/,
    ({ plain }) => {
      const v = plain('v') as Tensor3D
      return attention(v, v, v)
    },
  ],
  [/^adaptive_avg_pool$/, ({ map }) => tf.mean(map('x'), [1, 2], true)],
]

/** The operation of ours that a row's name describes, ready to run; null where there is none. */
export function operationNamed(name: string): ((inputs: OperationInputs) => Tensor) | null {
  for (const [pattern, operation] of OPERATIONS) {
    const match = pattern.exec(name)
    if (match) return inputs => operation(inputs, ...match.slice(1))
  }
  return null
}

/** Applies what works along the last axis along another one of the peer's (NCHW). */
function alongAxis(x: Tensor, axis: number, f: (x: Tensor) => Tensor): Tensor {
  const axes = x.shape.map((_, i) => i)
  const order = [...axes.filter(i => i !== axis), axis]
  const back = axes.map(i => order.indexOf(i))
  // Rank 4 results are taken for maps: NHWC, as every other one.
  const y = tf.transpose(f(tf.transpose(x, order)), back)
  return y.rank === 4 ? tf.transpose(y, [0, 2, 3, 1]) : y
}
