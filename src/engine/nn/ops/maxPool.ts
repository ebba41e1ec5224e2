import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { maxPoolBackward, maxPoolForward } from '../../gpu/kernels/maxPoolKernels'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { differentiable, slopeSoFar } from './differentiable'

/**
 * Maximum over windows; padding never wins. The gradient goes to the first of a window's largest pixels, as PyTorch's
 * does (the stock WebGPU kernel takes the last).
 *
 * @param x [B, H, W, C] float32.
 * @param padding PyTorch's symmetric padding in pixels, at most half a window.
 * @returns [B, h, w, C] with h = floor((H + 2 padding - size) / stride) + 1.
 * @throws AppError `bad-argument` for more padding, `shape-mismatch` for an image smaller than a window.
 */
export function maxPool(
  x: tf.Tensor4D,
  { size, stride = size, padding = 0 }: { size: number; stride?: number; padding?: number },
): tf.Tensor4D {
  if (2 * padding > size) {
    throw new AppError('bad-argument', `Windows of ${size} pixels cannot be padded by ${padding}.`)
  }
  const from = [x.shape[1], x.shape[2]] as const
  const along = (extent: number) => Math.floor((extent + 2 * padding - size) / stride) + 1
  const to = [along(from[0]), along(from[1])] as const
  if (Math.min(...to) < 1) {
    throw new AppError('shape-mismatch', `Windows of ${size} pixels do not fit into ${from.join(' x ')}.`)
  }
  const backend = webGpuBackend()
  if (!backend) return tf.maxPool(x, size, stride, padding)
  const pooling = { size, stride, padding, from, to }
  return differentiable<tf.Tensor4D>(
    [x],
    save => {
      save([x])
      return maxPoolForward(backend, x, pooling)
    },
    (dy, saved) => [maxPoolBackward(backend, saved[0] as tf.Tensor4D, dy, pooling, slopeSoFar(0))],
  )
}
