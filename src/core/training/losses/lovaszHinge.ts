import * as tf from '@tensorflow/tfjs-core'
import { detached } from '../../nn/ops/differentiable'
import { IGNORED, validPixels } from './flatPixels'
import type { LovaszOptions } from './lovaszSoftmax'
import { lovaszWeights } from './lovaszWeights'
import { sumOf } from './sumOf'

/**
 * Binary Lovász hinge (Berman et al. 2018) on one logit per pixel.
 *
 * @param logits [B, H, W] float32.
 * @param labels [B, H, W] int32, 0 or 1.
 * @returns a scalar; 0 with gradient 0 where every pixel is ignored. An image wholly ignored adds 0 to `perImage`'s mean
 *   and still counts in it. The slope of max(0, error) at 0 is 0.
 */
export function lovaszHinge(
  logits: tf.Tensor3D,
  labels: tf.Tensor3D,
  { perImage = false, ignoreIndex = IGNORED }: Omit<LovaszOptions, 'classes'> = {},
): tf.Scalar {
  return tf.tidy(() => {
    if (!perImage) return overPixels(logits, labels, ignoreIndex)
    const images = logits.shape[0]
    const losses = Array.from({ length: images }, (_, b) =>
      overPixels(tf.slice(logits, b, 1), tf.slice(labels, b, 1), ignoreIndex),
    )
    return tf.div(tf.addN(losses), images)
  })
}

function overPixels(logits: tf.Tensor, labels: tf.Tensor, ignoreIndex: number | null): tf.Scalar {
  const flat = tf.reshape(logits, [-1]) as tf.Tensor1D
  const label = tf.cast(tf.reshape(labels, [-1]), 'int32') as tf.Tensor1D
  const valid = detached(() => validPixels(label, ignoreIndex))
  const foreground = detached(() => tf.mul(tf.cast(tf.equal(label, 1), 'float32'), valid) as tf.Tensor1D)
  const sign = detached(() => tf.sub(tf.mul(foreground, 2), 1) as tf.Tensor1D)
  const errors = tf.sub(1, tf.mul(flat, sign)) as tf.Tensor1D
  const weights = detached(() => {
    const lowest = tf.mul(tf.sub(1, valid), 1e30)
    const weight = lovaszWeights(tf.sub(tf.mul(errors, valid), lowest) as tf.Tensor1D, foreground)
    return tf.mul(weight, valid) as tf.Tensor1D
  })
  return sumOf(tf.mul(tf.relu(errors), weights))
}
