import type { Random } from '../foundation/random'
import { emptyField, type Field } from './field'

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

function addOctave({ size, data }: Field, random: Random, cell: number, amplitude: number): void {
  const lattice = Math.ceil(size / cell) + 2
  const values = Float32Array.from({ length: lattice * lattice }, () => random.uniform() * 2 - 1)
  const shiftX = random.uniform()
  const shiftY = random.uniform()
  const columns = weights(size, cell, shiftX)
  const rows = weights(size, cell, shiftY)
  for (let row = 0; row < size; row++) {
    const top = rows.index[row]! * lattice
    const fy = rows.fraction[row]!
    for (let column = 0; column < size; column++) {
      const at = top + columns.index[column]!
      const fx = columns.fraction[column]!
      const upper = values[at]! + (values[at + 1]! - values[at]!) * fx
      const lower = values[at + lattice]! + (values[at + lattice + 1]! - values[at + lattice]!) * fx
      data[row * size + column]! += amplitude * (upper + (lower - upper) * fy)
    }
  }
}

function weights(size: number, cell: number, shift: number): { index: Int32Array; fraction: Float32Array } {
  const index = new Int32Array(size)
  const fraction = new Float32Array(size)
  for (let i = 0; i < size; i++) {
    const position = i / cell + shift
    const t = position - Math.floor(position)
    index[i] = Math.floor(position)
    fraction[i] = t * t * t * (t * (t * 6 - 15) + 10)
  }
  return { index, fraction }
}
