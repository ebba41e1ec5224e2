import * as tf from '@tensorflow/tfjs-core'
import { type LovaszOptions, lovaszSoftmax } from './lovaszSoftmax'
import { type OhemOptions, ohemCrossEntropy } from './ohemCrossEntropy'
import { type CrossEntropyOptions, softCrossEntropy } from './softCrossEntropy'

export interface CombinedLossOptions {
  /** Weight of the cross-entropy; 1 by default. */
  crossEntropyWeight?: number
  /** Weight of Lovász-softmax; 1 by default, 0 leaves it out. */
  lovaszWeight?: number
  crossEntropy?: CrossEntropyOptions
  lovasz?: LovaszOptions
  /**
   * Given: the cross-entropy looks at hard pixels only, chosen and averaged as this says; of `crossEntropy` the smoothing,
   * the class weights and the soft targets stay in force. Lovász-softmax sees every pixel either way. Off by default.
   */
  ohem?: OhemOptions
}

/**
 * What the networks are trained with: cross-entropy plus Lovász-softmax on full-resolution logits.
 *
 * @param logits [B, H, W, C] float32.
 * @param labels [B, H, W] int32; 255 is ignored.
 */
export function combinedLoss(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { crossEntropyWeight = 1, lovaszWeight = 1, crossEntropy, lovasz, ohem }: CombinedLossOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    const terms: tf.Scalar[] = []
    if (crossEntropyWeight !== 0) {
      const term = ohem
        ? ohemCrossEntropy(logits, labels, ohem, crossEntropy)
        : softCrossEntropy(logits, labels, crossEntropy)
      terms.push(tf.mul(term, crossEntropyWeight))
    }
    if (lovaszWeight !== 0) terms.push(tf.mul(lovaszSoftmax(logits, labels, lovasz), lovaszWeight))
    return terms.length === 0 ? tf.scalar(0) : tf.addN(terms)
  })
}
