import type { Random } from '../foundation/random'
import { type Canvas, lay } from './canvas'
import { type Field, smoothStep } from './field'
import { fractalNoise } from './fractalNoise'
import type { Cover } from './spectra'

/** Degrees up to which ground is ploughed. */
const ARABLE = 13

/** Parcels on gentle ground, each with a crop, stubble or bare soil of its own: bare ones look like scars. */
export function layFields(random: Random, canvas: Canvas, gentle: Field, season: number): void {
  const { size } = canvas
  const angle = random.uniform() * Math.PI
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const long = 8 + 8 * random.uniform()
  const short = 4 + 4 * random.uniform()
  const count = Math.ceil((size * 2) / short)
  const parcels = Array.from({ length: count * count }, () => parcel(random, season))
  const farmed = fractalNoise(random, size, { scale: size / 3, octaves: 3 })
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const cell = row * size + column
      const flat = smoothStep(ARABLE + 3, ARABLE - 3, gentle.data[cell]! + 3 * farmed.data[cell]!)
      if (flat <= 0.02) continue
      const along = (column * cos + row * sin) / long + count / 4
      const band = Math.floor(along)
      const across = (row * cos - column * sin) / short + count / 2 + 0.37 * band
      const { cover, brightness } =
        parcels[(((band + count) % count) * count + ((Math.floor(across) + count) % count)) % parcels.length]!
      lay(canvas, cell, cover, 0.92 * flat, brightness)
      const edge = Math.min(along - band, 1 - along + band) * long
      if (edge < 0.6) lay(canvas, cell, 'dryGrass', 0.4 * flat)
    }
  }
}

function parcel(random: Random, season: number): { cover: Cover; brightness: number } {
  const draw = random.uniform()
  const brightness = 0.85 + 0.3 * random.uniform()
  if (draw < 0.25 + 0.35 * season) return { cover: 'crop', brightness }
  if (draw < 0.6 + 0.2 * season) return { cover: 'grass', brightness }
  return { cover: draw < 0.88 ? 'soil' : 'dryGrass', brightness }
}
