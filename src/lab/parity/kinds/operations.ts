import type { Tensor, Tensor1D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { z } from '../../../core/foundation/schema'
import { throwIfGpuFailed } from '../../../engine/gpu/webgpuBackend'
import { gelu, geluTanh, silu } from '../../../engine/nn/ops/activations'
import { attention, roll } from '../../../engine/nn/ops/attention'
import { batchNormInference, batchNormTraining } from '../../../engine/nn/ops/batchNorm'
import { conv2d, depthwiseConv2d } from '../../../engine/nn/ops/convolution'
import { layerNorm } from '../../../engine/nn/ops/layerNorm'
import { maxPool } from '../../../engine/nn/ops/maxPool'
import {
  type InterpolationSize,
  interpolate,
  resizeBilinear,
  resizeNearest,
} from '../../../engine/nn/ops/resize'
import { logSoftmax, softmax } from '../../../engine/nn/ops/softmax'
import { toMemoryOrder, toMemoryShape } from '../../../engine/nn/parameterLayout'
import type { ParityCase, ParityOutput } from '../parityCase'
import type { ParityResult } from '../parityReport'
import { largestError, storedIn, toNhwc, toTensor } from '../peerTensors'

/**
 * A case of single operations: every row's name says which, with its parameters.
 *
 * @throws AppError `model-invalid` naming a row whose operation is not ours.
 */
export async function runOps(parity: ParityCase): Promise<ParityResult> {
  const result: ParityResult = { rows: [], notCompared: [] }
  for (const row of parity.outputs) {
    const operation = operationNamed(row.name)
    if (!operation) {
      throw new AppError('model-invalid', `${parity.name}: there is no operation "${row.name}" here.`)
    }
    // Cloned: an operation may give its input back, which the tidy would free.
    const ours: Tensor = tf.tidy(() => operation(inputsOf(parity)).clone())
    const expected = storedIn(parity.stored(row.file), row.name, parity)
    const error = await largestError(ours, expected, row.layout || 'NCHW')
    throwIfGpuFailed()
    result.rows.push({ output: row.name, error, tolerance: row.atol })
    ours.dispose()
  }
  return result
}

function inputsOf(parity: ParityCase): OperationInputs {
  const stored = (name: string) => storedIn(parity.inputs, name, parity)
  return {
    plain: name => toTensor(stored(name)),
    map: name => toNhwc(stored(name)),
    kernel(name, layout) {
      const { data, shape } = stored(name)
      const values = toMemoryOrder(Float32Array.from(data, Number), shape, layout)
      return tf.tensor4d(values, toMemoryShape(shape, layout) as Tensor4D['shape'])
    },
  }
}

/** The case's inputs: `map` as NHWC, `plain` as stored, `kernel` from the layout of PyTorch's weights. */
interface OperationInputs {
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
      const statistics = { mean: vector('bn_mean'), variance: vector('bn_var') }
      const options = { epsilon: Number(epsilon) }
      return mode === 'train'
        ? batchNormTraining(x, scale, shift, statistics, options).y
        : batchNormInference(x, scale, shift, statistics, options)
    },
  ],
  [
    /^(dw)?conv(\d)_s(\d)_(?:p(\d)|(SAME))(?:_(even|odd))?$/,
    ({ map, plain, kernel }, depthwise, size, stride, padding, same, which) => {
      const x = map(which === 'even' ? which : 'x')
      const options = { stride: Number(stride), padding: same ? 'same' : Number(padding) } as const
      if (depthwise) return depthwiseConv2d(x, kernel('wd', 'depthwise'), options)
      // The fixtures' rows that test odd and even sides, by their names, leave the bias out.
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

/** Our operation that a row's name describes, ready to run; null where there is none. */
function operationNamed(name: string): ((inputs: OperationInputs) => Tensor) | null {
  for (const [pattern, operation] of OPERATIONS) {
    const match = pattern.exec(name)
    if (match) return inputs => operation(inputs, ...match.slice(1))
  }
  return null
}

/** Applies an operation on the last axis along another axis of the peer's (NCHW). */
function alongAxis(x: Tensor, axis: number, f: (x: Tensor) => Tensor): Tensor {
  const axes = x.shape.map((_, i) => i)
  const order = [...axes.filter(i => i !== axis), axis]
  const back = axes.map(i => order.indexOf(i))
  // Results of rank 4 are maps: NHWC, like all others.
  const y = tf.transpose(f(tf.transpose(x, order)), back)
  return y.rank === 4 ? tf.transpose(y, [0, 2, 3, 1]) : y
}

const extent = z.number().int().positive()

const resizeRow = z
  .looseObject({
    source: z.string(),
    mode: z.enum(['bilinear', 'nearest', 'nearest-exact']),
    size: z.tuple([extent, extent]).optional(),
    scale_factor: z.number().positive().optional(),
    align_corners: z.boolean().nullish(),
    antialias: z.boolean().default(false),
  })
  .refine(row => row.size || row.scale_factor, { error: 'neither a size nor a scale_factor' })

/**
 * A resize case: every row says what is resized and how.
 *
 * @throws AppError `model-invalid` if a row asks for a resize that is not ours.
 */
export async function runResize(parity: ParityCase): Promise<ParityResult> {
  const result: ParityResult = { rows: [], notCompared: [] }
  for (const row of parity.outputs) {
    const resized = resizedAs(parity, row)
    const expected = storedIn(parity.stored(row.file), row.name, parity)
    const error = await largestError(resized, expected, row.layout || 'NCHW')
    throwIfGpuFailed()
    result.rows.push({ output: row.name, error, tolerance: row.atol })
    resized.dispose()
  }
  return result
}

function resizedAs(parity: ParityCase, row: ParityOutput): Tensor4D {
  const parsed = resizeRow.safeParse(row)
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error)
    throw new AppError('model-invalid', `${parity.name}: "${row.name}" is not a resize of ours:\n${why}`, {
      cause: parsed.error,
    })
  }
  const { source, mode, size, scale_factor, align_corners, antialias } = parsed.data
  const to: InterpolationSize = size ?? { scaleFactor: scale_factor ?? 1 }
  const options = { mode, alignCorners: align_corners ?? false, antialias }
  // Cloned: resizing to the same size gives the input itself back, which the tidy would free.
  return tf.tidy(() => tf.clone(interpolate(toNhwc(storedIn(parity.inputs, source, parity)), to, options)))
}
