import type { AxisMap } from '../../gpu/kernels/resizeKernels'

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

/** src = floor(dst in / out). */
export function nearestAxis(from: number, to: number): AxisMap {
  return { slope: from, offset: 0, divisor: to }
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
