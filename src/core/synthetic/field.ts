import type { Random } from '../foundation/random'

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

/**
 * Uniform values in [-1, 1): xorshift32 (Marsaglia, 2003) seeded from `random`. Fields take millions of values a
 * patch, for which the project's own generator is ten times too slow and far better than noise needs.
 */
export function whiteNoise(random: Random, length: number): Float32Array {
  const values = new Float32Array(length)
  let state = random.integer(1, 0x7fffffff)
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    values[i] = state / 0x80000000
  }
  return values
}

export interface FractalNoise {
  /** Cells across the coarsest features. */
  scale: number
  octaves: number
  /** Amplitude of each octave relative to the one before. */
  gain?: number
}

/**
 * Fractal value noise (fractional Brownian motion; Musgrave in "Texturing and Modeling", 1994): octaves of random
 * lattices, each half the cell size of the one before, quintic interpolation.
 *
 * @returns values of mean 0 and standard deviation near 1, as a rule within -3..3
 */
export function fractalNoise(random: Random, size: number, noise: FractalNoise): Field {
  const { scale, octaves, gain = 0.5 } = noise
  const field = emptyField(size)
  let amplitude = 1
  let power = 0
  let cell = scale
  for (let octave = 0; octave < octaves && cell >= 1; octave++) {
    addOctave(field, random, cell, amplitude)
    power += amplitude * amplitude
    amplitude *= gain
    cell /= 2
  }
  // A lattice of uniform -1..1, interpolated, keeps about half its standard deviation of 0.577.
  const norm = 1 / (0.4 * Math.sqrt(power))
  for (let i = 0; i < field.data.length; i++) field.data[i]! *= norm
  return field
}

/** Turned by a random angle, since a lattice along the rows shows as blocks. */
function addOctave({ size, data }: Field, random: Random, cell: number, amplitude: number): void {
  const angle = random.uniform() * 2 * Math.PI
  const cos = Math.cos(angle) / cell
  const sin = Math.sin(angle) / cell
  // Turned about the centre, a square reaches its half diagonal.
  const half = Math.ceil((size / cell) * Math.SQRT1_2) + 1
  const lattice = 2 * half + 2
  const values = whiteNoise(random, lattice * lattice)
  const middle = (size - 1) / 2
  const shift = half + random.uniform()
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const x = (column - middle) * cos - (row - middle) * sin + shift
      const y = (column - middle) * sin + (row - middle) * cos + shift
      const left = Math.floor(x)
      const top = Math.floor(y)
      const fx = eased(x - left)
      const fy = eased(y - top)
      const at = top * lattice + left
      const upper = values[at]! + (values[at + 1]! - values[at]!) * fx
      const lower = values[at + lattice]! + (values[at + lattice + 1]! - values[at + lattice]!) * fx
      data[row * size + column]! += amplitude * (upper + (lower - upper) * fy)
    }
  }
}

function eased(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10)
}
