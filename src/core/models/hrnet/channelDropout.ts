import * as tf from '@tensorflow/tfjs-core'
import type { Random } from '../../foundation/random'
import type { Layer } from '../../nn/layers/layer'

/**
 * Drops whole channels of a sample in training (PyTorch's `Dropout2d`, Tompson et al. 2015): zero with probability
 * `rate`, divided by 1 - rate otherwise. Inference, and rate 0, pass the map unchanged.
 *
 * @param random draws one number per sample, channel and pass, where the pass brings no stream of its own.
 */
export function channelDropout(rate: number, random: Random): Layer {
  if (rate === 0) return x => x
  return (x, mode) => {
    if (!mode.training) return x
    const draw = mode.random ?? random
    const [batch, , , channels] = x.shape
    const kept = Float32Array.from({ length: batch * channels }, () =>
      draw.chance(rate) ? 0 : 1 / (1 - rate),
    )
    return tf.mul(x, tf.tensor4d(kept, [batch, 1, 1, channels]))
  }
}
