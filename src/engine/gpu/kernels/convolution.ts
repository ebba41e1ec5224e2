import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { convolutionInputProduct, convolutionProduct } from './convolutionProducts'
import { conv2dInputGradientTiles, conv2dTiles } from './convolutionTiles'
import type { ProductFinish } from './productFinish'
import { prefersTiles } from './softwareAdapters'

/** Whether what follows a convolution can come in its own dispatch: on hardware, where it is a product. */
export function finishesConvolutions(backend: WebGPUBackend, { dilationHeight }: { dilationHeight: number }) {
  return !prefersTiles(backend) && dilationHeight === 1
}

/**
 * Convolution of equal strides and spacings: a product in workgroup memory on hardware, tiles in registers on software
 * adapters and for spaced taps.
 *
 * @param x [B, H, W, in]
 * @param filter [kh, kw, in, out]
 * @param finish a bias; more only where `finishesConvolutions`.
 * @returns [B, h, w, out]
 */
export function conv2dForward(
  backend: WebGPUBackend,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
  finish: ProductFinish = {},
): tf.TensorInfo {
  return finishesConvolutions(backend, info)
    ? convolutionProduct(backend, x, filter, info, finish)
    : conv2dTiles(backend, { x, filter, bias: finish.bias }, info)
}

/**
 * Its gradient with respect to the input.
 *
 * @param dy [B, h, w, out]
 * @param addend [B, H, W, in], added: a gradient that came on another way.
 * @returns [B, H, W, in]
 */
export function conv2dInputGradient(
  backend: WebGPUBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
  addend?: tf.TensorInfo,
): tf.TensorInfo {
  if (finishesConvolutions(backend, info)) {
    return convolutionInputProduct(backend, dy, filter, info, { addend })
  }
  const transpose = tf.getKernel(tf.Transpose, 'webgpu').kernelFunc
  const attrs = { perm: [0, 1, 3, 2] }
  const swapped = transpose({ inputs: { x: filter }, attrs, backend }) as tf.TensorInfo
  const dx = conv2dInputGradientTiles(backend, dy, swapped, info, addend)
  backend.disposeData(swapped.dataId)
  return dx
}
