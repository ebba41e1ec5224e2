import * as tf from '@tensorflow/tfjs-core'
import {
  MOST_CHANNELS,
  MOST_INNER,
  scaleChannels,
  squeezeExciteGradients,
  squeezeGate,
} from '../../gpu/kernels/squeezeExciteKernels'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { silu } from './activations'
import { conv2d } from './convolution'
import { differentiable } from './differentiable'

/** Of two 1 x 1 convolutions. */
export interface SqueezeExciteWeights {
  /** [1, 1, C, R] */
  reduce: tf.Tensor4D
  /** [R] */
  reduceBias: tf.Tensor1D
  /** [1, 1, R, C] */
  expand: tf.Tensor4D
  /** [C] */
  expandBias: tf.Tensor1D
}

/**
 * Squeeze and excitation (Hu et al. 2018): x times sigmoid(expand(silu(reduce(the channels' global means)))). On WebGPU
 * three dispatches forward and four backward. What an image gives does not depend on the batch it is in.
 *
 * @param x [B, H, W, C] float32.
 * @returns like x.
 */
export function squeezeExcite(x: tf.Tensor4D, weights: SqueezeExciteWeights): tf.Tensor4D {
  const backend = webGpuBackend()
  const fits = weights.expandBias.size <= MOST_CHANNELS && weights.reduceBias.size <= MOST_INNER
  if (!backend || !fits) return plain(x, weights)
  const tracked = (made: tf.TensorInfo) => tf.engine().makeTensorFromTensorInfo(made)
  const { reduce, reduceBias, expand, expandBias } = weights
  return differentiable<tf.Tensor4D>(
    [x, reduce, reduceBias, expand, expandBias],
    save => {
      const values = squeezeGate(backend, x, weights).map(tracked)
      save([x, reduce, expand, ...values])
      return tracked(scaleChannels(backend, { x, gate: values[0]! })) as tf.Tensor4D
    },
    (dy, saved) => {
      const [input, inwards, outwards, gate, means, hidden] = saved as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ]
      return squeezeExciteGradients(
        backend,
        { x: input, dy },
        { gate, means, hidden },
        { reduce: inwards, expand: outwards },
      ).map(tracked)
    },
  )
}

function plain(x: tf.Tensor4D, weights: SqueezeExciteWeights): tf.Tensor4D {
  const means = tf.mean(x, [1, 2], true) as tf.Tensor4D
  const inner = silu(conv2d(means, weights.reduce, { bias: weights.reduceBias }))
  const outer = conv2d(inner, weights.expand, { bias: weights.expandBias })
  return tf.mul(x, tf.sigmoid(outer))
}
