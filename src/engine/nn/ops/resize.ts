import * as tf from '@tensorflow/tfjs-core'
import {
  type AxisMap,
  MOST_RESIZE_SOURCES,
  type ResizeMode,
  resizeBackward,
  resizeForward,
} from '../../gpu/kernels/resizeKernels'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { reluGradient } from './activations'
import { differentiable } from './differentiable'

/**
 * How one axis is resized, as PyTorch's `interpolate(size=...)` does.
 *
 * alignCorners false: src = max(0, (dst + 1/2) in / out - 1/2); true: src = dst (in - 1) / (out - 1), 0 where out is 1.
 */
export function bilinearAxis(from: number, to: number, alignCorners: boolean): AxisMap {
  return alignCorners
    ? { slope: from - 1, offset: 0, divisor: Math.max(1, to - 1) }
    : { slope: 2 * from, offset: from - to, divisor: 2 * to }
}

/**
 * src = floor(dst in / out), in the float32 that PyTorch computes it in: where in / out rounds down, an exact multiple
 * falls to the pixel before (30 to 58, of a Swin U-Net on 117 pixels: 29 reads 14, not 15). One less in the numerator
 * does the same in integers and leaves the other pixels alone.
 */
export function nearestAxis(from: number, to: number): AxisMap {
  const scale = Math.fround(from / to)
  const multiples = Array.from({ length: to }, (_, dst) => dst).filter(
    dst => dst > 0 && (dst * from) % to === 0,
  )
  const falls = multiples.every(dst => Math.floor(Math.fround(dst * scale)) < (dst * from) / to)
  return { slope: from, offset: falls && multiples.length > 0 ? -1 : 0, divisor: to }
}

/** The axis as a row-stochastic [out, in] matrix, row-major: for backends without our kernels. */
export function axisMatrix(axis: AxisMap, from: number, to: number, nearest: boolean): Float32Array {
  const matrix = new Float32Array(to * from)
  for (let row = 0; row < to; row++) {
    const reach = Math.max(0, axis.slope * row + axis.offset)
    const low = Math.min(Math.floor(reach / axis.divisor), from - 1)
    const weight = nearest ? 0 : (reach - low * axis.divisor) / axis.divisor
    matrix[row * from + low]! += 1 - weight
    matrix[row * from + Math.min(low + 1, from - 1)]! += weight
  }
  return matrix
}

/**
 * Applies one matrix to the rows and one to the columns of every channel: y = R x C^T. Deterministic, and its gradient
 * is the transposed map, on every backend.
 *
 * @param x [B, H, W, C] float32.
 * @param rows [h, H] row-major.
 * @param columns [w, W] row-major.
 * @returns [B, h, w, C]
 */
export function separableMap(
  x: tf.Tensor4D,
  [h, w]: readonly [number, number],
  rows: Float32Array,
  columns: Float32Array,
): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape
  const matrices = (): [tf.Tensor3D, tf.Tensor3D] => [
    tf.tensor3d(rows, [1, h, height]),
    tf.tensor3d(columns, [1, w, width]),
  ]
  return differentiable<tf.Tensor4D>(
    [x],
    () => {
      const [r, c] = matrices()
      const tall = tf.matMul(r, tf.reshape(x, [batch, height, width * channels]))
      return tf.reshape(tf.matMul(c, tf.reshape(tall, [batch * h, width, channels])), [batch, h, w, channels])
    },
    dy => {
      const [r, c] = matrices()
      const narrow = tf.matMul(c, tf.reshape(dy, [batch * h, w, channels]), true)
      const small = tf.matMul(r, tf.reshape(narrow, [batch, h, width * channels]), true)
      return [tf.reshape(small, [batch, height, width, channels])]
    },
  )
}

/** Resizes [B, H, W, C] to `to` = [h, w] along two axis maps, with the exact transposed map as its gradient. */
function resize(
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
    () => resizeForward(backend, [x], { mode, to, sources: [geometry] }),
    dy => [resizeBackward(backend, dy, geometry)],
  )
}

/**
 * The stock kernel, whose forward pass is right on WASM (matrices are 10 times slower there, and its gradient is never
 * asked for); null elsewhere, and for sides of one pixel with aligned corners.
 */
function wasmResize(
  kernel: typeof tf.ResizeBilinear | typeof tf.ResizeNearestNeighbor,
  images: tf.Tensor4D,
  size: readonly [number, number],
  alignCorners: boolean,
): tf.Tensor4D | null {
  if (tf.getBackend() !== 'wasm') return null
  if (images.shape[1] === size[0] && images.shape[2] === size[1]) return images
  const sides = [images.shape[1], images.shape[2], ...size]
  if (alignCorners && sides.includes(1)) return null
  const halfPixelCenters = kernel === tf.ResizeBilinear && !alignCorners
  return tf.engine().runKernel(kernel, { images }, { size: [...size], alignCorners, halfPixelCenters })
}

/**
 * Bilinear resize without antialiasing, equal to PyTorch's `interpolate(size=...)`.
 *
 * @param x [B, H, W, C] float32.
 * @param size [h, w].
 * @returns [B, h, w, C]
 */
export function resizeBilinear(
  x: tf.Tensor4D,
  size: readonly [number, number],
  { alignCorners = false }: { alignCorners?: boolean } = {},
): tf.Tensor4D {
  const [, height, width] = x.shape
  const onWasm = wasmResize(tf.ResizeBilinear, x, size, alignCorners)
  if (onWasm) return onWasm
  const rows = bilinearAxis(height, size[0], alignCorners)
  return resize(x, size, 'bilinear', rows, bilinearAxis(width, size[1], alignCorners))
}

interface SumOptions {
  alignCorners?: boolean
  /** Of the sum; 'none' by default. */
  activation?: 'none' | 'relu'
}

/**
 * The sum of maps after `resizeBilinear` to one size, added in the order of the list; maps of that size are added as
 * they are. One dispatch on WebGPU, activation included, and no enlarged map is held.
 *
 * @param maps [B, H_i, W_i, C] float32 each, one at least.
 * @param size [h, w].
 * @returns [B, h, w, C]
 */
export function sumResized(
  maps: readonly tf.Tensor4D[],
  size: readonly [number, number],
  { alignCorners = false, activation = 'none' }: SumOptions = {},
): tf.Tensor4D {
  const backend = webGpuBackend()
  const relu = activation === 'relu'
  if (!backend || maps.length === 1) {
    const [first, ...others] = maps.map(map => resizeBilinear(map, size, { alignCorners }))
    const sum = others.reduce((total, map) => tf.add(total, map), first!)
    return relu ? tf.relu(sum) : sum
  }
  if (maps.length > MOST_RESIZE_SOURCES) {
    const first = sumResized(maps.slice(0, MOST_RESIZE_SOURCES), size, { alignCorners })
    return sumResized([first, ...maps.slice(MOST_RESIZE_SOURCES)], size, { alignCorners, activation })
  }
  const sources = maps.map(({ shape: [, height, width] }) => ({
    from: [height, width] as const,
    rows: bilinearAxis(height, size[0], alignCorners),
    columns: bilinearAxis(width, size[1], alignCorners),
  }))
  return differentiable<tf.Tensor4D>(
    maps,
    save => {
      const sum = resizeForward(backend, maps, { mode: 'bilinear', to: size, sources, activation })
      if (relu) save([sum])
      return sum
    },
    (dy, [sum]) => {
      const slope = relu ? reluGradient(backend, sum as tf.Tensor4D, dy) : dy
      return sources.map(source => {
        const same = source.from[0] === size[0] && source.from[1] === size[1]
        return same
          ? tf.clone(slope)
          : resizeBackward(backend, slope, { mode: 'bilinear', to: size, ...source })
      })
    },
  )
}

/**
 * Nearest-neighbour resize, src = floor(dst in / out), equal to PyTorch's `interpolate(mode='nearest')`.
 *
 * @param x [B, H, W, C] float32.
 * @param size [h, w].
 * @returns [B, h, w, C]
 */
export function resizeNearest(x: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  const [, height, width] = x.shape
  const onWasm = wasmResize(tf.ResizeNearestNeighbor, x, size, false)
  if (onWasm) return onWasm
  return resize(x, size, 'nearest', nearestAxis(height, size[0]), nearestAxis(width, size[1]))
}

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
