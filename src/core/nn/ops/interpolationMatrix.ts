/**
 * Row-stochastic [out, in] matrix that interpolates an axis linearly, row-major.
 *
 * alignCorners false: src = max(0, (dst + 1/2) in / out - 1/2); true: src = dst (in - 1) / (out - 1), 0 where out is 1.
 * The neighbours are clamped to the last index (PyTorch's `interpolate`, TensorFlow's half-pixel centres).
 */
export function interpolationMatrix(from: number, to: number, alignCorners: boolean): Float32Array {
  const matrix = new Float32Array(to * from)
  for (let row = 0; row < to; row++) {
    const source = alignCorners
      ? to > 1
        ? (row * (from - 1)) / (to - 1)
        : 0
      : Math.max(0, ((row + 0.5) * from) / to - 0.5)
    const low = Math.min(Math.floor(source), from - 1)
    const high = Math.min(low + 1, from - 1)
    const weight = source - low
    matrix[row * from + low]! += 1 - weight
    matrix[row * from + high]! += weight
  }
  return matrix
}
