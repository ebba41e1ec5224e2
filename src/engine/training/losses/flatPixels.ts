import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { webGpuBackend } from '../../gpu/webgpuBackend'

/** Logits as [N, C] and labels as [N] int32, N = B H W; throws `shape-mismatch` where they do not fit. */
export function flatPixels(
  logits: tf.Tensor,
  labels: tf.Tensor,
): { logits: tf.Tensor2D; labels: tf.Tensor1D; pixels: number; classes: number } {
  const classes = logits.shape[logits.rank - 1] ?? 0
  const pixels = logits.size / classes
  if (labels.size !== pixels) {
    throw new AppError(
      'shape-mismatch',
      `Logits [${logits.shape.join(', ')}] need ${pixels} labels, but there are ${labels.size}.`,
    )
  }
  return {
    logits: tf.reshape(logits, [pixels, classes]),
    labels: tf.cast(tf.reshape(labels, [pixels]), 'int32'),
    pixels,
    classes,
  }
}

/** [N, C] float32: 1 where the pixel has the class; all zeros for a label that is not a class. */
export function oneHot(labels: tf.Tensor1D, classes: number): tf.Tensor2D {
  const wanted = tf.reshape(tf.range(0, classes, 1, 'int32'), [1, classes])
  return tf.cast(tf.equal(tf.reshape(labels, [-1, 1]), wanted), 'float32')
}

/** [N] float32: 1 where the label is not `ignoreIndex`, 0 where it is; all ones where that is null. */
export function validPixels(labels: tf.Tensor1D, ignoreIndex: number | null): tf.Tensor1D {
  if (ignoreIndex === null) return tf.ones([labels.size])
  return tf.cast(tf.notEqual(labels, tf.scalar(ignoreIndex, 'int32')), 'float32')
}

/**
 * Sum of all elements. Off WebGPU (whose sums are trees) row by row first: WASM adds one float32 after another, which
 * leaves an error of 1e-5 over 10,000 pixels.
 */
export function sumOf(x: tf.Tensor): tf.Scalar {
  if (webGpuBackend()) return tf.sum(x) as tf.Scalar
  const width = Math.ceil(Math.sqrt(x.size))
  const padded = tf.pad(tf.reshape(x, [x.size]), [[0, width * width - x.size]])
  return tf.sum(tf.sum(tf.reshape(padded, [width, width]), 1)) as tf.Scalar
}
