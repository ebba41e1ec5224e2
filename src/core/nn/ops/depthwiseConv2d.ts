import * as tf from '@tensorflow/tfjs-core'
import type { Conv2dOptions } from './conv2d'
import { dilatedConv2d } from './dilatedConv2d'
import { toExplicitPadding } from './padding'

/**
 * Depthwise convolution: every channel with a kernel of its own.
 *
 * @param x [B, H, W, C] float32.
 * @param kernel [kh, kw, C, 1].
 * @returns [B, h, w, C].
 */
export function depthwiseConv2d(
  x: tf.Tensor4D,
  kernel: tf.Tensor4D,
  options: Conv2dOptions = {},
): tf.Tensor4D {
  const { stride = 1, padding = 0, dilation = 1, bias } = options
  const y =
    dilation > 1
      ? dilatedConv2d(x, kernel, { stride, dilation, padding, depthwise: true })
      : tf.depthwiseConv2d(x, kernel, stride, toExplicitPadding(padding), 'NHWC')
  return bias ? tf.add(y, bias) : y
}
