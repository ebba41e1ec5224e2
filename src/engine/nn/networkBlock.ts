import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { ForwardMode, Layer } from './layers'
import { recomputed } from './valueAndGradients'

/**
 * Computes a part of a network from the maps that enter it. What it makes on the way is freed at its end, except for
 * what gradients will need: with `mode.checkpointing` those maps alone, from which the backward pass computes the part
 * again (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016).
 */
export function runBlock<Maps extends readonly Tensor4D[]>(
  inputs: Maps,
  mode: ForwardMode,
  compute: (inputs: Maps, mode: ForwardMode) => Tensor4D,
): Tensor4D {
  // Without a stream of the pass's own, what was drawn could not be drawn again.
  if (!mode.checkpointing || !mode.training || !mode.random) return tf.tidy(() => compute(inputs, mode))
  const again = { ...mode, checkpointing: false, recomputing: true, random: mode.random.copy() }
  return recomputed(
    inputs,
    () => compute(inputs, mode),
    copies => compute(copies as Maps, again),
  )
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
