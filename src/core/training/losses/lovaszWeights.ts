import * as tf from '@tensorflow/tfjs-core'
import { sharedLovaszWeights } from '../../gpu/kernels/lovaszWeights'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { prefixSum } from '../../nn/ops/prefixSum'
import { sortDescending } from '../../nn/ops/sortDescending'

/**
 * The gradient of the Lovász extension of the Jaccard loss at given errors, in the errors' own order.
 *
 * Sorted by falling error, weight i is the difference of 1 - intersection / union when pixel i joins the mistakes
 * (Berman et al. 2018, algorithm 1). In closed form, without subtracting near-equal ratios: 1 / union for a foreground
 * pixel, intersection / (union (union - 1)) for a background one.
 *
 * @param errors [N] float32; ignored pixels hold a value below every other.
 * @param foreground [N] float32, 1 or 0.
 * @returns [N] float32. A constant: call it detached.
 */
export function lovaszWeights(errors: tf.Tensor1D, foreground: tf.Tensor1D): tf.Tensor1D {
  return lovaszWeightsOfAll(errors, [foreground])[0]!
}

/** The same for several foregrounds that have the same errors, which are sorted once. */
export function lovaszWeightsOfAll(errors: tf.Tensor1D, foregrounds: readonly tf.Tensor1D[]): tf.Tensor1D[] {
  const backend = webGpuBackend()
  if (backend) return sharedLovaszWeights(backend, errors, foregrounds)
  return foregrounds.map(foreground => plainWeights(errors, foreground))
}

function plainWeights(errors: tf.Tensor1D, foreground: tf.Tensor1D): tf.Tensor1D {
  const { indices } = sortDescending(errors)
  const sorted = tf.gather(foreground, indices)
  const seen = prefixSum(sorted)
  const total = tf.sum(foreground)
  const position = tf.range(1, errors.size + 1, 1, 'float32')
  const intersection = tf.sub(total, seen)
  const union = tf.add(total, tf.sub(position, seen))
  const before = tf.maximum(tf.sub(union, 1), 1)
  const background = tf.div(intersection, tf.mul(union, before))
  const first = tf.cast(tf.equal(union, 1), 'float32')
  const alone = tf.mul(first, tf.cast(tf.equal(total, 0), 'float32'))
  const weights = tf.add(
    tf.div(sorted, tf.maximum(union, 1)),
    tf.mul(tf.sub(1, sorted), tf.add(background, alone)),
  )
  return tf.scatterND(tf.reshape(indices, [-1, 1]), weights, [errors.size]) as tf.Tensor1D
}
