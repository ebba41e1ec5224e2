import type * as tf from '@tensorflow/tfjs-core'
import { type AxisMap, type ResizeMode, resizeBackward, resizeForward } from '../../gpu/kernels/resizeKernels'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { axisMatrix } from './axisMap'
import { differentiable } from './differentiable'
import { separableMap } from './separableMap'

/** Resizes [B, H, W, C] to `to` = [h, w] along two axis maps, with the exact transposed map as its gradient. */
export function resize(
  x: tf.Tensor4D,
  to: readonly [number, number],
  mode: ResizeMode,
  rows: AxisMap,
  columns: AxisMap,
): tf.Tensor4D {
  const from = [x.shape[1], x.shape[2]] as const
  if (from[0] === to[0] && from[1] === to[1]) return x
  const backend = webGpuBackend()
  if (!backend) {
    const nearest = mode === 'nearest'
    return separableMap(
      x,
      to,
      axisMatrix(rows, from[0], to[0], nearest),
      axisMatrix(columns, from[1], to[1], nearest),
    )
  }
  const geometry = { mode, from, to, rows, columns }
  return differentiable<tf.Tensor4D>(
    [x],
    () => resizeForward(backend, x, geometry),
    dy => [resizeBackward(backend, dy, geometry)],
  )
}
