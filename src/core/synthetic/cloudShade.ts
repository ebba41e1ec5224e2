import type { Random } from '../foundation/random'
import { type Field, smoothStep } from './field'
import { fractalNoise } from './fractalNoise'

/** Dims direct light under clouds that stand outside the picture: soft-edged shadows. */
export function cloudShade(random: Random, light: Field): void {
  const clouds = fractalNoise(random, light.size, { scale: light.size / 3, octaves: 4, gain: 0.5 })
  const depth = 0.5 + 0.3 * random.uniform()
  for (let cell = 0; cell < light.data.length; cell++) {
    light.data[cell]! *= 1 - depth * smoothStep(0.9, 1.3, clouds.data[cell]!)
  }
}
