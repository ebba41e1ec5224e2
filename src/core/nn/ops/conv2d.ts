import * as tf from '@tensorflow/tfjs-core'
import { dilatedConv2d } from './dilatedConv2d'
import { type Padding2D, toExplicitPadding } from './padding'

export interface Conv2dOptions {
  /** Step of the window, both axes; 1 by default. */
  stride?: number
  /** 'same': TensorFlow's; a number: PyTorch's symmetric zero padding; or every side. 0 by default. */
  padding?: Padding2D
  /** Spacing of the taps; 1 by default. */
  dilation?: number
  /** [out] added to every pixel. */
  bias?: tf.Tensor1D
}

/**
 * 2-D convolution (cross-correlation, as every framework has it).
 *
 * @param x [B, H, W, in] float32.
 * @param kernel [kh, kw, in, out].
 * @returns [B, h, w, out] with h = floor((H + padding - dilation (kh - 1) - 1) / stride) + 1.
 */
export function conv2d(x: tf.Tensor4D, kernel: tf.Tensor4D, options: Conv2dOptions = {}): tf.Tensor4D {
  const { stride = 1, padding = 0, dilation = 1, bias } = options
  const y =
    dilation > 1
      ? dilatedConv2d(x, kernel, { stride, dilation, padding, depthwise: false })
      : tf.conv2d(x, kernel, stride, toExplicitPadding(padding), 'NHWC')
  return bias ? tf.add(y, bias) : y
}
