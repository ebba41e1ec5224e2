import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { attention } from '../../nn/attention'
import { normal } from '../../nn/initialiser'
import { linearMap } from '../../nn/layers/linearMap'
import type { ParameterScope } from '../../nn/parameterScope'
import { relativePositionSelector, shiftMask } from './windowTables'

export interface WindowAttentionSpec {
  width: number
  heads: number
  window: number
  /** How far the map was rolled; 0: not at all, and no mask. */
  shift: number
}

/**
 * Self-attention within windows with a relative position bias (paper, section 3.2), keys as timm's `WindowAttention`.
 *
 * @returns a function of a map [B, H, W, C] whose sides the window divides.
 */
export function windowAttention(scope: ParameterScope, spec: WindowAttentionSpec): (x: Tensor4D) => Tensor4D {
  const { width, heads, window, shift } = spec
  const tokens = window * window
  const offsets = (2 * window - 1) ** 2
  const table = scope.declare({
    name: 'relative_position_bias_table',
    shape: [offsets, heads],
    layout: 'plain',
    initialise: normal(0.02),
    trainable: true,
    decay: false,
  })
  const selector = scope.constant({
    key: `relative-position-${window}`,
    shape: [offsets, tokens * tokens],
    compute: () => relativePositionSelector(window),
  })
  const toQkv = linearMap(scope.at('qkv'), { in: width, out: 3 * width })
  const project = linearMap(scope.at('proj'), { in: width, out: width })

  return x => {
    const [batch, height, columns] = x.shape
    const down = height / window
    const across = columns / window
    const windows = down * across
    // Heads lead, so that one transpose of rank 6 parts windows and heads at once, and q, k, v are plain slices.
    const parted = tf.transpose(
      tf.reshape(toQkv(x), [batch * down, window, across, window, 3 * heads, width / heads]),
      [4, 0, 2, 1, 3, 5],
    )
    const grouped = tf.reshape(parted, [3 * heads, batch * windows, tokens, width / heads]) as Tensor4D
    const [q, k, v] = tf.split(grouped, 3, 0) as [Tensor4D, Tensor4D, Tensor4D]
    const bias = tf.reshape(tf.matMul(table.value() as Tensor2D, selector.value() as Tensor2D, true), [
      heads,
      1,
      tokens,
      tokens,
    ]) as Tensor4D
    const context = attention(q, k, v, scores => {
      if (shift === 0) return tf.add(scores, bias)
      const mask = tf.tensor4d(shiftMask(height, columns, window, shift), [1, windows, tokens, tokens])
      const added = tf.add(bias, mask)
      if (batch === 1) return tf.add(scores, added)
      const perImage = tf.reshape(scores, [heads, batch, windows, tokens, tokens])
      const shared = tf.reshape(added, [heads, 1, windows, tokens, tokens])
      return tf.reshape(tf.add(perImage, shared), scores.shape)
    })
    const whole = tf.transpose(
      tf.reshape(context, [heads, batch * down, across, window, window, width / heads]),
      [1, 3, 2, 4, 0, 5],
    )
    return project(tf.reshape(whole, x.shape))
  }
}
