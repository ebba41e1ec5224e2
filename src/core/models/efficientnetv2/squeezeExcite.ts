import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kaimingNormalFanOut, zeros } from '../../nn/initialiser'
import { convolution } from '../../nn/layers/convolution'
import { silu } from '../../nn/ops/silu'
import type { ParameterScope } from '../../nn/parameterScope'

/** Scales channels by a gate of their global means (Hu et al. 2018), `reduced` channels inside; 0 gives the identity. */
export function squeezeExcite(
  scope: ParameterScope,
  channels: number,
  reduced: number,
): (x: Tensor4D) => Tensor4D {
  if (reduced === 0) return x => x
  const shared = { kernel: 1, bias: true, initialise: kaimingNormalFanOut(), initialiseBias: zeros }
  const reduce = convolution(scope.at('conv_reduce'), { in: channels, out: reduced, ...shared })
  const expand = convolution(scope.at('conv_expand'), { in: reduced, out: channels, ...shared })
  return x => {
    const means = tf.mean(x, [1, 2], true) as Tensor4D
    return tf.mul(x, tf.sigmoid(expand(silu(reduce(means)))))
  }
}
