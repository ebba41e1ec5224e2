import type { Random } from '../foundation/random'
import { type Canvas, lay } from './canvas'
import { type Field, sampleBilinear, smoothStep } from './field'
import { fractalNoise } from './fractalNoise'

/** Felled stands: slanting blocks of slash, soil and young grass on moderate slopes. */
export function layClearCuts(random: Random, canvas: Canvas, gentle: Field): void {
  const { size } = canvas
  const ragged = fractalNoise(random, size, { scale: 8, octaves: 3 })
  for (let cut = random.integer(1, 3); cut > 0; cut--) {
    const column = size * random.uniform()
    const row = size * random.uniform()
    const angle = random.uniform() * Math.PI
    const halfLong = 4 + 7 * random.uniform()
    const halfShort = 3 + 4 * random.uniform()
    const age = random.uniform()
    const reach = Math.ceil(halfLong + halfShort)
    for (let y = Math.floor(row - reach); y <= row + reach; y++) {
      for (let x = Math.floor(column - reach); x <= column + reach; x++) {
        if (x < 0 || y < 0 || x >= size || y >= size) continue
        const cell = y * size + x
        const along = Math.abs((x - column) * Math.cos(angle) + (y - row) * Math.sin(angle)) / halfLong
        const across = Math.abs((y - row) * Math.cos(angle) - (x - column) * Math.sin(angle)) / halfShort
        const inside = smoothStep(1.12, 0.9, Math.max(along, across) + 0.06 * ragged.data[cell]!)
        const feasible = smoothStep(38, 28, gentle.data[cell]!)
        lay(canvas, cell, 'dryGrass', 0.7 * inside * feasible)
        lay(canvas, cell, 'soil', (1 - age) * 0.6 * inside * feasible, 0.85)
      }
    }
  }
}

/** Roads and tracks that keep to the contour: thin, bright, and cut into slopes as scars are. */
export function layRoads(random: Random, canvas: Canvas, height: Field, gentle: Field): void {
  for (let road = random.integer(0, 2); road > 0; road--) {
    const paved = random.chance(0.4)
    let x = canvas.size * random.uniform()
    let y = canvas.size * random.uniform()
    let angle = random.uniform() * 2 * Math.PI
    for (let step = 0; step < canvas.size * 5; step++) {
      if (x < 0 || y < 0 || x >= canvas.size || y >= canvas.size) break
      const cell = Math.floor(y) * canvas.size + Math.floor(x)
      lay(canvas, cell, paved ? 'built' : 'gravel', 0.22, 0.85)
      const east = sampleBilinear(height, x + 2, y) - sampleBilinear(height, x - 2, y)
      const south = sampleBilinear(height, x, y + 2) - sampleBilinear(height, x, y - 2)
      // Along the contour, on the side the road came from; straight on where it is flat.
      const contour = Math.atan2(-east, south)
      const turned = Math.cos(contour - angle) >= 0 ? contour : contour + Math.PI
      const pull = 0.3 * smoothStep(4, 20, gentle.data[cell]!)
      angle += pull * Math.atan2(Math.sin(turned - angle), Math.cos(turned - angle)) + 0.08 * random.normal()
      x += 0.35 * Math.cos(angle)
      y += 0.35 * Math.sin(angle)
    }
  }
}

/** A hamlet of bright roofs, if there is level ground for one. */
export function laySettlement(random: Random, canvas: Canvas, gentle: Field): void {
  const { size } = canvas
  for (let attempt = 0; attempt < 6; attempt++) {
    const column = random.integer(4, size - 5)
    const row = random.integer(4, size - 5)
    if (gentle.data[row * size + column]! > 14) continue
    for (let house = random.integer(10, 40); house > 0; house--) {
      const x = Math.round(column + 5 * random.normal())
      const y = Math.round(row + 4 * random.normal())
      if (x < 0 || y < 0 || x >= size || y >= size || gentle.data[y * size + x]! > 18) continue
      lay(canvas, y * size + x, 'built', 0.4 + 0.6 * random.uniform(), 0.7 + 0.8 * random.uniform())
    }
    return
  }
}
