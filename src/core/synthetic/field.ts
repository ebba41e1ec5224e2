/** A square field of float32 values, row-major, `size` cells a side. */
export interface Field {
  size: number
  data: Float32Array
}

export function emptyField(size: number, value = 0): Field {
  return { size, data: new Float32Array(size * size).fill(value) }
}

/** 0 below `low`, 1 above `high`, smooth in between (Hermite); `low` may exceed `high` for a falling step. */
export function smoothStep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)))
  return t * t * (3 - 2 * t)
}

/** Separable convolution with a symmetric kernel given from its centre outwards; edges repeat. */
export function convolved({ size, data }: Field, kernel: readonly number[]): Field {
  const pass = (from: Float32Array, step: number, line: number): Float32Array => {
    const to = new Float32Array(from.length)
    for (let start = 0; start < size; start++) {
      const first = start * line
      for (let at = 0; at < size; at++) {
        let sum = kernel[0]! * from[first + at * step]!
        for (let reach = 1; reach < kernel.length; reach++) {
          const left = Math.max(0, at - reach)
          const right = Math.min(size - 1, at + reach)
          sum += kernel[reach]! * (from[first + left * step]! + from[first + right * step]!)
        }
        to[first + at * step] = sum
      }
    }
    return to
  }
  return { size, data: pass(pass(data, 1, size), size, 1) }
}

/** Bilinear value at fractional cell coordinates, edges repeated. */
export function sampleBilinear({ size, data }: Field, column: number, row: number): number {
  const x = Math.min(size - 1, Math.max(0, column))
  const y = Math.min(size - 1, Math.max(0, row))
  const left = Math.floor(x)
  const top = Math.floor(y)
  const right = Math.min(size - 1, left + 1)
  const bottom = Math.min(size - 1, top + 1)
  const fx = x - left
  const fy = y - top
  const upper = data[top * size + left]! * (1 - fx) + data[top * size + right]! * fx
  const lower = data[bottom * size + left]! * (1 - fx) + data[bottom * size + right]! * fx
  return upper * (1 - fy) + lower * fy
}
