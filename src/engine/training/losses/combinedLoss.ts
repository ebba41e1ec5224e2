import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { twoClassGradient, twoClassLoss } from '../../gpu/kernels/twoClassLoss'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable } from '../../nn/ops/differentiable'
import { type CrossEntropyOptions, ohemCrossEntropy, softCrossEntropy } from './crossEntropy'
import { lovaszSoftmax } from './lovasz'

export interface CombinedLossOptions {
  /** Weight of the cross-entropy; 1 by default. */
  crossEntropyWeight?: number
  /** Weight of Lovász-softmax; 1 by default, 0 leaves it out. */
  lovaszWeight?: number
  /** e: cross-entropy's target is 1 - e / 2 for the labelled class and e / 2 for the other; 0 by default. */
  labelSmoothing?: number
  /** [B, H, W] or [N] probabilities of landslide, cross-entropy's targets as they are instead of the labels. */
  soft?: tf.Tensor | null
  /**
   * Given: cross-entropy is the mean over hard pixels only, those with p(true class) below the larger of `threshold` and
   * p at rank `minKept` from the hardest (`hardPixels`; a rank below a `threshold` of 0.5 is found to 2^-24). The labels
   * say which pixels are hard. Lovász-softmax sees every pixel either way. Off by default.
   */
  ohem?: { threshold: number; minKept: number } | null
}

/**
 * What the networks are trained with: cross-entropy plus Lovász-softmax of the present classes, background and landslide,
 * on full-resolution logits. On WebGPU one sort serves both, and the gradient is found with the loss.
 *
 * @param logits [B, H, W, 2] or [N, 2] float32.
 * @param labels [B, H, W] or [N] int32: 0, 1 or 255, ignored.
 * @returns a scalar; 0 with gradient 0 where every pixel is ignored.
 * @throws AppError `shape-mismatch`.
 */
export function combinedLoss(
  logits: tf.Tensor,
  labels: tf.Tensor,
  options: CombinedLossOptions = {},
): tf.Scalar {
  const { crossEntropyWeight = 1, lovaszWeight = 1, labelSmoothing = 0, soft = null, ohem = null } = options
  if (logits.shape[logits.rank - 1] !== 2 || logits.size !== 2 * labels.size) {
    throw new AppError(
      'shape-mismatch',
      `Logits [${logits.shape.join(', ')}] and labels [${labels.shape.join(', ')}] are not of two classes and the same pixels.`,
    )
  }
  const backend = webGpuBackend()
  if (!backend) return composedLoss(logits, labels, options)
  const kernel = { crossEntropyWeight, lovaszWeight, labelSmoothing, ohem }
  const owned = (info: tf.TensorInfo) => tf.engine().makeTensorFromTensorInfo(info)
  return differentiable<tf.Scalar>(
    [logits],
    save => {
      const { loss, slopes } = twoClassLoss(backend, logits, labels, soft, kernel)
      save([owned(slopes)])
      return owned(loss) as tf.Scalar
    },
    (dy, [slopes]) => [tf.reshape(owned(twoClassGradient(backend, slopes!, dy)), logits.shape)],
  )
}

/** The same from the separate losses; where there is no WebGPU, and what tests compare with. */
export function composedLoss(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { crossEntropyWeight = 1, lovaszWeight = 1, labelSmoothing = 0, soft, ohem }: CombinedLossOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const entropy: CrossEntropyOptions = soft
      ? { softTargets: tf.stack([tf.sub(1, soft), soft], -1) }
      : { labelSmoothing }
    const terms: tf.Scalar[] = [tf.scalar(0)]
    if (crossEntropyWeight !== 0) {
      const term = ohem
        ? ohemCrossEntropy(logits, labels, ohem, entropy)
        : softCrossEntropy(logits, labels, entropy)
      terms.push(tf.mul(term, crossEntropyWeight))
    }
    if (lovaszWeight !== 0) terms.push(tf.mul(lovaszSoftmax(logits, labels), lovaszWeight))
    return tf.addN(terms)
  })
}
