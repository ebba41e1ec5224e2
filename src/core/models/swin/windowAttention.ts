import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { attention } from '../../nn/attention'
import { normal } from '../../nn/initialiser'
import { linearMap } from '../../nn/layers/linearMap'
import type { ParameterScope } from '../../nn/parameterScope'
import type { StageWindow } from './stageWindow'
import { relativePositionSelector, shiftMask } from './windowTables'

export interface WindowAttentionSpec extends StageWindow {
  width: number
  heads: number
}

/**
 * Self-attention within windows with a relative position bias (paper, section 3.2), keys as timm's `WindowAttention`.
 *
 * @returns a function of a map [B, H, W, C] whose sides the window divides, rolled by `shift` where that is not 0.
 */
export function windowAttention(scope: ParameterScope, spec: WindowAttentionSpec): (x: Tensor4D) => Tensor4D {
  const { width, heads, window, shift } = spec
  const [rows, columns] = window
  const tokens = rows * columns
  const offsets = (2 * rows - 1) * (2 * columns - 1)
  const table = scope.declare({
    name: 'relative_position_bias_table',
    shape: [offsets, heads],
    layout: 'plain',
    initialise: normal(0.02),
    trainable: true,
    decay: false,
  })
  const selector = scope.constant({
    key: `relative-position-${rows}x${columns}`,
    shape: [offsets, tokens * tokens],
    compute: () => relativePositionSelector(window),
  })
  const toQkv = linearMap(scope.at('qkv'), { in: width, out: 3 * width })
  const project = linearMap(scope.at('proj'), { in: width, out: width })

  return x => {
    const [batch, height, breadth] = x.shape
    const down = height / rows
    const across = breadth / columns
    const windows = down * across
    // Heads lead, so that one transpose of rank 6 parts windows and heads at once, and q, k, v are plain slices.
    const parted = tf.transpose(
      tf.reshape(toQkv(x), [batch * down, rows, across, columns, 3 * heads, width / heads]),
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
      if (shift.every(by => by === 0)) return tf.add(scores, bias)
      const values = shiftMask([height, breadth], window, shift)
      const added = tf.add(bias, tf.tensor4d(values, [1, windows, tokens, tokens]))
      if (batch === 1) return tf.add(scores, added)
      const perImage = tf.reshape(scores, [heads, batch, windows, tokens, tokens])
      const shared = tf.reshape(added, [heads, 1, windows, tokens, tokens])
      return tf.reshape(tf.add(perImage, shared), scores.shape)
    })
    const whole = tf.transpose(
      tf.reshape(context, [heads, batch * down, across, rows, columns, width / heads]),
      [1, 3, 2, 4, 0, 5],
    )
    const y: Tensor4D = project(tf.reshape(whole, x.shape))
    return scope.observed(y, () => partition(y, window))
  }
}

/** [B, H, W, C] -> [B windows, tokens, C], as the peer's module returns it. */
function partition(x: Tensor4D, [rows, columns]: readonly [number, number]): Tensor {
  const [batch, height, width, channels] = x.shape
  const parted = tf.reshape(x, [(batch * height) / rows, rows, width / columns, columns, channels])
  return tf.reshape(tf.transpose(parted, [0, 2, 1, 3, 4]), [-1, rows * columns, channels])
}
