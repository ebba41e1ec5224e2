import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { normal } from '../../nn/initialisers'
import { declareLinear, linearMap } from '../../nn/layers'
import { roll } from '../../nn/ops/attention'
import { linear } from '../../nn/ops/linear'
import { windowAttention as attendWindows, type Windows } from '../../nn/ops/windowAttention'
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

export interface WindowAttentionSpec extends Windows {
  width: number
  heads: number
}

/** Self-attention within windows, see the operation; keys as timm's `WindowAttention`. */
export function windowAttention(scope: ParameterScope, spec: WindowAttentionSpec): (x: Tensor4D) => Tensor4D {
  const { width, heads, window, shift } = spec
  const table = scope.declare({
    name: 'relative_position_bias_table',
    shape: [(2 * window[0] - 1) * (2 * window[1] - 1), heads],
    layout: 'plain',
    initialise: normal(0.02),
    trainable: true,
    decay: false,
  })
  const toQkv = declareLinear(scope.at('qkv'), { in: width, out: 3 * width })
  const project = linearMap(scope.at('proj'), { in: width, out: width })

  return x => {
    const bias = toQkv.bias!.value() as Tensor1D
    const qkv = linear(x, toQkv.weight.value() as Tensor2D, { bias })
    const y = project(attendWindows(qkv, bias, table.value() as Tensor2D, spec))
    const tiled = window.every((side, axis) => x.shape[axis + 1]! % side === 0)
    return tiled ? scope.observed(y, () => partition(roll(y, -shift[0], -shift[1]), window)) : y
  }
}

/** [B, H, W, C] -> [B windows, tokens, C], as the peer's module returns it. */
function partition(x: Tensor4D, [rows, columns]: readonly [number, number]): Tensor {
  const [batch, height, width, channels] = x.shape
  const parted = tf.reshape(x, [(batch * height) / rows, rows, width / columns, columns, channels])
  return tf.reshape(tf.transpose(parted, [0, 2, 1, 3, 4]), [-1, rows * columns, channels])
}
