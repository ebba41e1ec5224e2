import type * as tf from '@tensorflow/tfjs-core'
import type { AxisMap } from '../../gpu/kernels/resizeKernels'
import { axisMatrix, bilinearAxis, nearestAxis } from './axisMap'
import { resize } from './resize'
import { separableMap } from './separableMap'

export interface Interpolation {
  /** 'nearest' floors dst in / out, 'nearest-exact' the middle of the output pixel, (dst + 1/2) in / out. */
  mode: 'bilinear' | 'nearest' | 'nearest-exact'
  /** The corner pixels' centres stay where they are, instead of the image's edges; bilinear only. */
  alignCorners?: boolean
  /** Bilinear only: shrinking averages over all the pixels that an output pixel covers (a triangle filter). */
  antialias?: boolean
}

/** [h, w], or a factor for both axes: the result is then floor(factor in) and steps by 1 / factor in any case. */
export type InterpolationSize = readonly [number, number] | { scaleFactor: number }

/**
 * Resizes as PyTorch's `torch.nn.functional.interpolate`, with the exact transposed map as its gradient. Networks use
 * `resizeBilinear` and `resizeNearest`, the two of these that have kernels of their own.
 *
 * @param x [B, H, W, C] float32.
 * @returns [B, h, w, C]
 */
export function interpolate(x: tf.Tensor4D, size: InterpolationSize, options: Interpolation): tf.Tensor4D {
  const from = [x.shape[1], x.shape[2]] as const
  const factor = 'scaleFactor' in size ? size.scaleFactor : null
  const to =
    'scaleFactor' in size ? ([from[0] * size.scaleFactor, from[1] * size.scaleFactor] as const) : size
  const [h, w] = [Math.floor(to[0]), Math.floor(to[1])]
  const { mode, alignCorners = false, antialias = false } = options
  if (mode === 'bilinear' && antialias) {
    const matrix = (axis: 0 | 1, out: number) => {
      const step = alignCorners ? (from[axis] - 1) / Math.max(1, out - 1) : factor ? 1 / factor : null
      return triangleMatrix(from[axis], out, step ?? from[axis] / out)
    }
    return separableMap(x, [h, w], matrix(0, h), matrix(1, w))
  }
  const nearest = mode !== 'bilinear'
  if (factor === null || alignCorners) {
    const axisOf = (axis: 0 | 1, out: number) => axisMap(mode, from[axis], out, alignCorners)
    return resize(x, [h, w], nearest ? 'nearest' : 'bilinear', axisOf(0, h), axisOf(1, w))
  }
  // Factors are no ratios of small integers, as our kernels want: matrices from float64 positions instead.
  const matrix = (axis: 0 | 1, out: number) => axisMatrix(factorAxis(mode, factor), from[axis], out, nearest)
  return separableMap(x, [h, w], matrix(0, h), matrix(1, w))
}

function axisMap(mode: Interpolation['mode'], from: number, to: number, alignCorners: boolean): AxisMap {
  if (mode === 'bilinear') return bilinearAxis(from, to, alignCorners)
  return mode === 'nearest' ? nearestAxis(from, to) : { slope: 2 * from, offset: from, divisor: 2 * to }
}

/** The same positions with 1 / factor for in / out. */
function factorAxis(mode: Interpolation['mode'], factor: number): AxisMap {
  if (mode === 'bilinear') return { slope: 2, offset: 1 - factor, divisor: 2 * factor }
  return mode === 'nearest'
    ? { slope: 1, offset: 0, divisor: factor }
    : { slope: 2, offset: 1, divisor: 2 * factor }
}

/**
 * [out, in] row-major: every output pixel the mean of the inputs within `max(step, 1)` of its centre step (dst + 1/2),
 * weighted by a triangle of that half-width.
 */
function triangleMatrix(from: number, to: number, step: number): Float32Array {
  const reach = Math.max(1, step)
  const matrix = new Float32Array(to * from)
  for (let row = 0; row < to; row++) {
    const centre = step * (row + 0.5)
    const first = Math.max(0, Math.trunc(centre - reach + 0.5))
    const end = Math.min(from, Math.trunc(centre + reach + 0.5))
    const weights = Array.from({ length: end - first }, (_, i) =>
      Math.max(0, 1 - Math.abs(first + i - centre + 0.5) / reach),
    )
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    for (const [i, weight] of weights.entries()) matrix[row * from + first + i] = weight / total
  }
  return matrix
}
