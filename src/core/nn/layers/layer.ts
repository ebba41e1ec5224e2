import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { ForwardMode } from '../../models/network'

/** A feature map in, a feature map out, both [B, H, W, C] float32. */
export type Layer = (x: Tensor4D, mode: ForwardMode) => Tensor4D

/** Layers one after another. */
export function sequence(...layers: readonly Layer[]): Layer {
  return (x, mode) => layers.reduce((value, layer) => layer(value, mode), x)
}
