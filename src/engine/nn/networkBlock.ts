import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { ForwardMode, Layer } from './layers'

/**
 * Computes a part of a network from the maps that enter it. What it makes on the way is freed at its end, except for
 * what gradients will need.
 */
export function runBlock<Maps extends readonly Tensor4D[]>(
  inputs: Maps,
  mode: ForwardMode,
  compute: (inputs: Maps, mode: ForwardMode) => Tensor4D,
): Tensor4D {
  return tf.tidy(() => compute(inputs, mode))
}

/** A layer as such a part. */
export function networkBlock(layer: Layer): Layer {
  return (x, mode) => runBlock([x], mode, ([map], own) => layer(map!, own))
}

/** Such parts one after another: the map between two is freed once the second has read it. */
export function blockSequence(...blocks: readonly Layer[]): Layer {
  return (x, mode) =>
    blocks.reduce((map, block) => {
      const next = block(map, mode)
      if (map !== x && map !== next) map.dispose()
      return next
    }, x)
}
