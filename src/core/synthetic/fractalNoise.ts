import type { Random } from '../foundation/random'
import { emptyField, type Field } from './field'
import { whiteNoise } from './whiteNoise'

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
