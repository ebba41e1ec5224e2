import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { DropPath } from '../../nn/layers/dropPath'
import type { Layer } from '../../nn/layers/layer'
import { layerNormalisation } from '../../nn/layers/layerNormalisation'
import { linearMap } from '../../nn/layers/linearMap'
import { gelu } from '../../nn/ops/gelu'
import type { ParameterScope } from '../../nn/parameterScope'
import { roll } from '../../nn/roll'
import { type WindowAttentionSpec, windowAttention } from './windowAttention'

export interface SwinBlockSpec extends WindowAttentionSpec {
  mlpRatio: number
  /** On maps that windows do not tile: 'timm' rolls, then pads; 'original' pads, then rolls. */
  padding: 'timm' | 'original'
  dropPath: DropPath
}

/** Norm, (shifted) window attention, residual; norm, MLP, residual. Keys as timm's `SwinTransformerBlock`. */
export function swinBlock(scope: ParameterScope, spec: SwinBlockSpec): Layer {
  const { width, window, dropPath } = spec
  const [rows, columns] = spec.shift
  const hidden = Math.floor(width * spec.mlpRatio)
  const norm1 = layerNormalisation(scope.at('norm1'), width)
  const attend = windowAttention(scope.at('attn'), spec)
  const norm2 = layerNormalisation(scope.at('norm2'), width)
  const mlp = scope.at('mlp')
  const expand = linearMap(mlp.at('fc1'), { in: width, out: hidden })
  const contract = linearMap(mlp.at('fc2'), { in: hidden, out: width })

  const attendWindows = (x: Tensor4D): Tensor4D => {
    const [, height, breadth] = x.shape
    if (spec.padding === 'original') {
      const rolled = rollBy(padToMultiple(x, window), -rows, -columns)
      return crop(rollBy(attend(rolled), rows, columns), height, breadth)
    }
    const padded = padToMultiple(rollBy(x, -rows, -columns), window)
    return rollBy(crop(attend(padded), height, breadth), rows, columns)
  }

  return (x, mode) => {
    const normed = scope.at('norm1').observed(norm1(x))
    const attended: Tensor4D = tf.add(x, dropPath(attendWindows(normed), mode))
    const fed = mlp.observed(contract(gelu(expand(scope.at('norm2').observed(norm2(attended))))))
    return scope.observed(tf.add(attended, dropPath(fed, mode)))
  }
}

function rollBy(x: Tensor4D, rows: number, columns: number): Tensor4D {
  return rows === 0 && columns === 0 ? x : roll(x, rows, columns)
}

/** Zeros at the bottom and right up to multiples of `unit`; they take part in attention, as in every peer. */
export function padToMultiple(x: Tensor4D, [rows, columns]: readonly [number, number]): Tensor4D {
  const below = (rows - (x.shape[1] % rows)) % rows
  const right = (columns - (x.shape[2] % columns)) % columns
  if (!below && !right) return x
  return tf.pad4d(x, [
    [0, 0],
    [0, below],
    [0, right],
    [0, 0],
  ])
}

function crop(x: Tensor4D, height: number, width: number): Tensor4D {
  if (x.shape[1] === height && x.shape[2] === width) return x
  return tf.slice4d(x, [0, 0, 0, 0], [x.shape[0], height, width, x.shape[3]])
}
