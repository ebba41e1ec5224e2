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
