import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Random } from '../../foundation/random'
import type { ForwardMode } from '../../models/network'

/** A residual branch that training may drop. */
export type DropPath = (branch: Tensor4D, mode: ForwardMode) => Tensor4D

/**
 * Stochastic depth per sample (Huang et al. 2016): in training a branch is zeroed with probability `rate` and divided by
 * 1 - rate otherwise; in inference, and at rate 0, it passes unchanged.
 *
 * @param random draws one number per sample and pass, where the pass brings no stream of its own.
 */
export function dropPath(rate: number, random: Random): DropPath {
  if (rate === 0) return branch => branch
  return (branch, mode) => {
    if (!mode.training) return branch
    const draw = mode.random ?? random
    const kept = Array.from({ length: branch.shape[0] }, () => (draw.chance(rate) ? 0 : 1 / (1 - rate)))
    return tf.mul(branch, tf.tensor4d(kept, [kept.length, 1, 1, 1]))
  }
}
