import type { Random } from '../foundation/random'
import { convolved, emptyField, type Field, sampleBilinear } from './field'
import { whiteNoise } from './whiteNoise'

/** Pixel side of B1..B12 (no B8A) in cells of 10 m. */
const RESOLUTION = [6, 1, 1, 1, 2, 2, 2, 1, 6, 6, 2, 2]
/** Noise of a pixel, reflectance x 10000: a floor, and a part that grows with the signal. */
const FLOOR = [4, 6, 6, 6, 6, 7, 7, 9, 5, 0.8, 5, 4]
const RELATIVE = 0.008

/**
 * One band as Sentinel-2 delivers it on the 10 m grid: light spills over pixel edges, 20 m and 60 m bands are averaged
 * over their pixels and interpolated back, and the detector adds noise.
 *
 * @param band 0..11, B1..B12
 */
export function sensed(random: Random, scene: Field, band: number): Field {
  const spilled = convolved(scene, [0.78, 0.1, 0.01])
  const step = RESOLUTION[band]!
  const coarse =
    step === 1 ? spilled : resampled(noisy(random, averaged(spilled, step), band), step, scene.size)
  return step === 1 ? noisy(random, coarse, band) : coarse
}

function averaged({ size, data }: Field, step: number): Field {
  const coarse = emptyField(Math.ceil(size / step))
  for (let row = 0; row < coarse.size; row++) {
    for (let column = 0; column < coarse.size; column++) {
      let sum = 0
      let count = 0
      for (let y = row * step; y < Math.min(size, (row + 1) * step); y++) {
        for (let x = column * step; x < Math.min(size, (column + 1) * step); x++) {
          sum += data[y * size + x]!
          count++
        }
      }
      coarse.data[row * coarse.size + column] = sum / count
    }
  }
  return coarse
}

function resampled(coarse: Field, step: number, size: number): Field {
  const fine = emptyField(size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const x = (column + 0.5) / step - 0.5
      fine.data[row * size + column] = sampleBilinear(coarse, x, (row + 0.5) / step - 0.5)
    }
  }
  return fine
}

function noisy(random: Random, { size, data }: Field, band: number): Field {
  const result = emptyField(size)
  const first = whiteNoise(random, data.length)
  const second = whiteNoise(random, data.length)
  for (let cell = 0; cell < data.length; cell++) {
    // The sum of two uniforms is near enough to a normal here; this scales it to a deviation of 1.
    const deviate = (first[cell]! + second[cell]!) * 1.22
    result.data[cell] = data[cell]! + deviate * (FLOOR[band]! + RELATIVE * data[cell]!)
  }
  return result
}
