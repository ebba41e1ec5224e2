import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { normal } from '../../nn/initialisers'
import { linearMap } from '../../nn/layers'
import { attention } from '../../nn/ops/attention'
import type { ParameterScope } from '../../nn/parameterRegistry'
import { pairOf, type SwinConfig } from './config'

/** A window's tokens and how far shifted blocks roll their map, each [rows, columns]. */
export interface StageWindow {
  window: readonly [number, number]
  shift: readonly [number, number]
}

/**
 * The windows of a stage's blocks. timm clamps each side to the stage's map of the nominal input and then drops that
 * axis' shift (`SwinTransformerBlock._calc_window_shift`); the authors' segmentation code does neither.
 */
export function stageWindow(
  config: Pick<SwinConfig, 'window' | 'nominalSize' | 'patch'>,
  stage: number,
  padding: 'timm' | 'original',
): StageWindow {
  const side = config.window
  const sides = pairOf(config.nominalSize).map(pixels => {
    const map = Math.floor(Math.floor(pixels / config.patch) / 2 ** stage)
    if (padding === 'original' || map > side) return { side, shift: Math.floor(side / 2) }
    return { side: map, shift: 0 }
  })
  const [rows, columns] = sides
  return { window: [rows!.side, columns!.side], shift: [rows!.shift, columns!.shift] }
}
/** Score added where two tokens of a shifted window come from different sides of the map (every peer's value). */
const BARRED = -100

type Pair = readonly [number, number]

/**
 * Which row of the relative position bias table each pair of a window's tokens takes, as a one-hot matrix: a matrix
 * product with the table has a deterministic gradient, a gather's has atomics.
 *
 * @param window [rows, columns] of tokens, (h, w) below.
 * @returns [(2 h - 1) (2 w - 1), (h w)^2] row-major; pair (query, key) takes row (dy + h - 1) (2 w - 1) + (dx + w - 1)
 *   with d = query - key.
 */
export function relativePositionSelector([rows, columns]: Pair): Float32Array {
  const tokens = rows * columns
  const across = 2 * columns - 1
  const selector = new Float32Array((2 * rows - 1) * across * tokens * tokens)
  for (let query = 0; query < tokens; query++) {
    for (let key = 0; key < tokens; key++) {
      const dy = Math.floor(query / columns) - Math.floor(key / columns) + rows - 1
      const dx = (query % columns) - (key % columns) + columns - 1
      selector[(dy * across + dx) * tokens * tokens + query * tokens + key] = 1
    }
  }
  return selector
}

/**
 * The mask of shifted windows over a rolled and padded map: 0 between tokens of one region, -100 between regions. Rows
 * are region 0 before the last window, 1 before the last shifted rows, 2 after; columns alike. An axis that is not
 * shifted parts nothing.
 *
 * @param map, window, shift [rows, columns] each; `window` divides `map`.
 * @returns [windows, tokens, tokens] row-major.
 */
export function shiftMask(map: Pair, window: Pair, shift: Pair): Float32Array {
  const region = (at: number, axis: 0 | 1) =>
    at < map[axis] - window[axis] ? 0 : at < map[axis] - shift[axis] ? 1 : 2
  const [rows, columns] = window
  const tokens = rows * columns
  const across = map[1] / columns
  const mask = new Float32Array((map[0] / rows) * across * tokens * tokens)
  const ids = new Uint8Array(tokens)
  let at = 0
  for (let index = 0; at < mask.length; index++) {
    const top = Math.floor(index / across) * rows
    const left = (index % across) * columns
    for (let token = 0; token < tokens; token++) {
      const row = region(top + Math.floor(token / columns), 0)
      ids[token] = 3 * row + region(left + (token % columns), 1)
    }
    for (let query = 0; query < tokens; query++) {
      for (let key = 0; key < tokens; key++) mask[at++] = ids[query] === ids[key] ? 0 : BARRED
    }
  }
  return mask
}

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
